//! Number formats: the lecture's section II.

use super::{Example, page};
use crate::app::setup::{Setup, numbers};

/// Compares a number in the lecture's formats.
fn compare(setup: &mut Setup, value: &str) {
    let text = format!("value={value},formats=fp32+fp16+bf16+e4m3fn+e5m2+e2m1fn+int8");
    let _ = numbers::text::parse_compare(&mut setup.numbers, &text);
}

/// Puts a link's text into the rounding lab.
fn lab(setup: &mut Setup, text: &str) {
    let _ = numbers::text::parse_rounding(&mut setup.numbers, text);
}

/// Puts a link's text into the page of data types.
fn data_types(setup: &mut Setup, text: &str) {
    // The texts below are constants that a test reads.
    let _ = numbers::text::parse_data_types(&mut setup.numbers, text);
}

/// In the lecture's order.
pub static ROWS: &[Example] = &[
    page(
        "0.265625 in FP32",
        "1.0625 × 2⁻²: exponent field 125, fraction 0.0625; 0x3E880000",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp32,value=0.265625,beside=fp16"),
    ),
    page(
        "0.265625 in FP16 and in FP8",
        "FP16 0x3440 holds it; in E4M3FN it is a tie and becomes 0.25",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp16,value=0.265625,beside=e4m3fn"),
    ),
    page(
        "The smallest FP32 number",
        "2⁻¹⁴⁹: exponent field 0, so no implicit 1, and the exponent is 1 − 127",
        "data-types",
        |setup| data_types(setup, "view=bits,format=fp32,value=0x00000001,beside=fp16"),
    ),
    page(
        "The largest subnormal of FP32",
        "(1 − 2⁻²³) × 2⁻¹²⁶: one step below the normal numbers",
        "data-types",
        |setup| {
            data_types(setup, "view=bits,format=fp32,value=0x007FFFFF,beside=bf16");
        },
    ),
    page(
        "Infinity in FP32, and its NaN",
        "Exponent field 255: 2 × (2²³ − 1) codes are NaN",
        "data-types",
        |setup| {
            data_types(setup, "view=bits,format=fp32,value=0x7F800000,beside=e5m2");
        },
    ),
    page("The largest FP32 number", "(2 − 2⁻²³) × 2¹²⁷, about 3.403e38", "data-types", |setup| {
        data_types(setup, "view=bits,format=fp32,value=0x7F7FFFFF,beside=bf16")
    }),
    page("Exercise: 0xC700 in FP16", "1 10001 1100000000 is −7", "data-types", |setup| {
        data_types(setup, "view=bits,format=fp16,value=0xC700,beside=bf16");
    }),
    page("Exercise: 2.5 in BF16", "0 10000000 0100000, 0x4020", "data-types", |setup| {
        data_types(setup, "view=bits,format=bf16,value=2.5,beside=fp16");
    }),
    page(
        "10110001 as an integer",
        "Unsigned 177, sign-magnitude −49, two's complement −79",
        "data-types",
        |setup| {
            data_types(setup, "view=integers,bits=8,code=0b10110001,add=1,reading=int");
        },
    ),
    page("11001111 is −49", "Two's complement: −128 + 64 + 8 + 4 + 2 + 1", "data-types", |setup| {
        data_types(setup, "view=integers,bits=8,code=0b11001111,add=1,reading=int");
    }),
    page("10000000 is 128, −0 or −128", "Unsigned, sign-magnitude, two's complement", "data-types", |setup| {
        data_types(setup, "view=integers,bits=8,code=0b10000000,add=-1,reading=int");
    }),
    page("127 + 1 in eight bits", "Wraps to −128, or saturates at 127", "data-types", |setup| {
        data_types(setup, "view=integers,bits=8,code=0b01111111,add=1,reading=int");
    }),
    page("0011.0001 in fixed point", "3.0625 by weights, and 49 × 2⁻⁴", "data-types", |setup| {
        data_types(setup, "view=fixed,bits=8,point=4,reading=int,code=0b00110001,other=0b00011000");
    }),
    page("00010.110 in unsigned fixed point", "2.75: fixed<8,3>, 22 × 2⁻³", "data-types", |setup| {
        data_types(setup, "view=fixed,bits=8,point=3,reading=uint,code=0b00010110,other=0b00001000");
    }),
    page("Why the exponent is 1 − bias", "With 0 − bias a gap would open below 2⁻⁶", "data-types", |setup| {
        data_types(setup, "view=custom,custom=e4m3fn");
    }),
    page("A float on a line", "Move bits from exponent to mantissa: the steps even out", "data-types", |setup| {
        data_types(setup, "view=custom,custom=e4m3,keep-sum=true");
    }),
    page("All 256 codes of E4M3FN", "A map by value and class, and a table", "data-types", |setup| {
        data_types(setup, "view=codes,format=e4m3fn,value=0.25");
    }),
    page("70000 in every format", "FP16 ∞, BF16 70144", "compare-formats", |setup| compare(setup, "70000")),
    page("1.001 in every format", "BF16 rounds it to 1", "compare-formats", |setup| compare(setup, "1.001")),
    page("1e−6 in every format", "E4M3FN has nothing that small: 0", "compare-formats", |setup| {
        compare(setup, "1e-6");
    }),
    page("FP8 E4M3FN ends at 448", "S.1111.110; one code further is NaN", "data-types", |setup| {
        data_types(setup, "view=bits,format=e4m3fn,value=448,beside=e5m2");
    }),
    page("FP8 E5M2 ends at 57344", "S.11110.11; then infinity and three NaN", "data-types", |setup| {
        data_types(setup, "view=bits,format=e5m2,value=57344,beside=e4m3fn");
    }),
    page("INT4 and FP4 side by side", "E1M2, E2M1 and E3M0 beside INT4; 0111 in E2M1 is 6", "data-types", |setup| {
        data_types(setup, "view=four-bits,sample=gaussian");
    }),
    page(
        "FP4 against INT4",
        "On even values INT4 wins clearly; on Gaussian ones they come close",
        "data-types",
        |setup| {
            data_types(setup, "view=four-bits,sample=uniform");
        },
    ),
    page(
        "FP16 or BF16: range against precision",
        "Three bits of range for three of precision",
        "data-types",
        |setup| {
            data_types(setup, "view=spacing,format=fp16,value=1,beside=bf16");
        },
    ),
    page("256 + 1 in BF16", "The 1 is lost: 8 significant bits end at 256", "rounding", |setup| {
        lab(setup, "view=arithmetic,format=bf16,value=256,operation=add,second=1");
    }),
    page("What libraries make of 465", "E4M3FN: 448 or NaN, by library and version", "rounding", |setup| {
        lab(setup, "view=who,format=e4m3fn,value=465");
    }),
    page("Rounded twice, wrong once", "Through BF16, 1.0634765625 ends one ulp off in E4M3FN", "rounding", |setup| {
        lab(setup, "view=double,format=e4m3fn,value=1.0634765625,path=bf16+e4m3fn");
    }),
    page("Rounding by chance", "The mean of many roundings comes to the number", "rounding", |setup| {
        lab(setup, "view=stochastic,format=e4m3fn,value=0.27,bits=8");
    }),
];

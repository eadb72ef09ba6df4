//! Models that are read by several tests.

use super::wire::{attribute, bytes, external, floats, head, initializer, model, node, number, raw, varint};

/// A model with a bit of everything.
pub fn sample() -> Vec<u8> {
    let constant = node("Constant", &[], "c", attribute("value", bytes(5, &raw("", 10, &[2], &[0, 0x3C, 0, 0xC0]))));
    let body =
        [node("Constant", &[], "inner", attribute("value_floats", bytes(7, &floats(&[1.0, 2.0])))), constant].concat();
    model(&[
        node("If", &["condition"], "out", attribute("then_branch", bytes(6, &body))),
        node("DequantizeLinear", &["q", "s", "z"], "w", attribute("axis", number(3, 0))),
        node(
            "DequantizeLinear",
            &["q4", "s4"],
            "w4",
            [attribute("axis", number(3, 1)), attribute("block_size", number(3, 2))].concat(),
        ),
        node("DequantizeLinear", &["x", "s", "z"], "no weights", vec![]),
        initializer(raw("q", 3, &[2, 3], &[1, 2, 3, 0xFF, 0xFE, 0xFD])),
        initializer([head("s", 1, &[2]), bytes(4, &floats(&[0.5, 2.0]))].concat()),
        initializer([head("z", 3, &[2]), bytes(5, &[1, 0])].concat()),
        initializer(raw("q4", 22, &[2, 3], &[0x21, 0xF3, 0xDE])),
        initializer(raw("s4", 1, &[2, 2], &floats(&[1.0, 10.0, 0.5, 3.0]))),
        initializer([head("typed", 22, &[3]), bytes(5, &[varint(0x21), varint(0x0F)].concat())].concat()),
        initializer(raw("names", 8, &[1], b"a")),
    ])
}

/// A model whose only weights are eight bytes of `w.bin`, from the fifth on.
pub fn sample_beside() -> Vec<u8> {
    model(&[initializer(external("w", "w.bin", &[("offset", "4"), ("length", "8")]))])
}

/// Operators that compute with codes.
pub fn sample_of_codes() -> Vec<u8> {
    let whole = |name: &str, value: u64| attribute(name, number(3, value));
    let blocks = [whole("N", 2), whole("K", 5), whole("bits", 4), whole("block_size", 4)].concat();
    let product = |inputs: &[&str], attributes: Vec<u8>| node("MatMulNBits", inputs, "y", attributes);
    model(&[
        node(
            "QLinearConv",
            &["x", "xs", "xz", "conv_quantized", "conv_scale", "conv_zero_point", "ys", "yz"],
            "a",
            vec![],
        ),
        node("MatMulInteger", &["x", "matrix_quantized", "xz", "matrix_zero_point"], "b", vec![]),
        // The same weights a second time.
        node("MatMulInteger", &["b", "matrix_quantized", "xz", "matrix_zero_point"], "c", vec![]),
        node("MatMulInteger", &["b", "no scale", "xz"], "d", vec![]),
        product(&["d", "nibbles", "block scales", "block zeros"], blocks.clone()),
        product(&["d", "nibbles", "block scales", "", "order"], blocks.clone()),
        product(&["d", "other nibbles", "block scales"], blocks),
        initializer(raw("conv_quantized", 3, &[2, 1, 1, 2], &[1, 2, 0xFF, 0xFE])),
        initializer(raw("conv_scale", 1, &[2], &floats(&[0.5, 2.0]))),
        initializer(raw("conv_zero_point", 3, &[2], &[0, 1])),
        initializer(raw("matrix_quantized", 2, &[2, 2], &[10, 20, 30, 40])),
        initializer(raw("matrix_scale", 1, &[1], &floats(&[0.25]))),
        initializer(raw("matrix_zero_point", 2, &[1], &[20])),
        initializer(raw("no scale", 2, &[2, 2], &[1, 2, 3, 4])),
        // Two rows of five codes: a block of four and one of one, each two bytes.
        initializer(raw("nibbles", 2, &[2, 2, 2], &[0x21, 0x43, 0x05, 0, 0x98, 0xBA, 0x0C, 0])),
        initializer(raw("block scales", 1, &[4], &floats(&[1.0, 10.0, 2.0, 0.5]))),
        initializer(raw("block zeros", 2, &[2], &[0x81, 0x08])),
        initializer(raw("other nibbles", 2, &[2, 2, 2], &[0x88, 0x88, 0x08, 0, 0x99, 0x99, 0x09, 0])),
    ])
}

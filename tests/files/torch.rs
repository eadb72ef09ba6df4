//! PyTorch archives, made by hand: what they show, which are refused, and that nothing in them runs.

use quantscope::engine::tensor::{Dtype, Model};
use quantscope::io::open_bytes;
use zip::CompressionMethod::{self, Deflated, Stored};

use crate::hostile::refuse;
use crate::make;

/// A tensor as `torch.save` pickles it.
fn tensor(storage: &str, key: &str, offset: u8, shape: &[u8], strides: &[u8]) -> Vec<u8> {
    let tuple = |numbers: &[u8]| {
        let items: Vec<u8> = numbers.iter().flat_map(|&number| [b'K', number]).collect();
        [b"(", items.as_slice(), b"t"].concat()
    };
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n((".to_vec(),
        text("storage"),
        format!("ctorch\n{storage}\n").into_bytes(),
        text(key),
        text("cpu"),
        b"K\x63tQ".to_vec(),
        vec![b'K', offset],
        tuple(shape),
        tuple(strides),
        b"\x89ccollections\nOrderedDict\n)RtR".to_vec(),
    ]
    .concat()
}

fn text(text: &str) -> Vec<u8> {
    [&b"X"[..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// A dictionary of tensors.
fn dict(items: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = items.iter().flat_map(|(name, value)| [text(name), value.clone()].concat()).collect();
    [b"\x80\x02ccollections\nOrderedDict\n)R(", items.as_slice(), b"u}", &text("_metadata"), b"Nsb."].concat()
}

fn archive(pickle: Vec<u8>, storages: &[(&str, Vec<u8>)], method: CompressionMethod) -> Vec<u8> {
    let mut members = vec![("m/data.pkl".to_owned(), pickle), ("m/byteorder".to_owned(), b"little".to_vec())];
    members.extend(storages.iter().map(|(key, data)| (format!("m/data/{key}"), data.clone())));
    let members: Vec<(&str, Vec<u8>)> = members.iter().map(|(name, data)| (name.as_str(), data.clone())).collect();
    make::zip(&members, method)
}

const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

/// A file as torch wrote it before 1.6, of one matrix whose storage claims so many elements.
pub fn legacy(claims: &[u64]) -> Vec<u8> {
    let machine = [&b"\x80\x02}("[..], &text("little_endian"), b"\x88u."].concat();
    let keys = [&b"\x80\x02]"[..], &text("0"), b"a."].concat();
    let object = dict(&[("w", tensor("FloatStorage", "0", 0, &[2, 3], &[3, 1]))]);
    let mut file = [MAGIC, b"\x80\x02M\xe9\x03.", &machine, &object, &keys].concat();
    for claim in claims {
        file.extend(claim.to_le_bytes());
        file.extend(floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]));
    }
    file
}

#[test]
fn a_file_from_before_the_archives() {
    let model = open_bytes("m.pth", legacy(&[6])).unwrap();
    assert_eq!(model.tensors[0].shape, [2, 3]);
    assert_eq!(values(&model, "w"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(model.metadata[0].1, "PyTorch file from before 1.6");
}

#[test]
fn a_negated_view_is_named_and_left_out() {
    let mut negated = tensor("FloatStorage", "0", 0, &[4], &[1]);
    // `tR` ends the arguments: one more of them, a dictionary of what the view does.
    negated.truncate(negated.len() - 2);
    negated.extend([&b"}("[..], &text("neg"), b"\x88utR"].concat());
    let pickle = dict(&[("n", negated), ("w", tensor("FloatStorage", "0", 0, &[1], &[1]))]);
    let model = open_bytes("x.pt", archive(pickle, &[("0", floats(&[3.0; 4]))], Stored)).unwrap();
    assert_eq!(model.tensors.len(), 1);
    assert!(
        model.metadata.iter().any(|(_, text)| text.contains("`n`: a lazily changed view (neg)")),
        "{:?}",
        model.metadata
    );
}

fn floats(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Two views of one storage, one of them transposed, and a parameter in a dictionary within.
pub fn sample() -> Vec<u8> {
    sample_of(Stored)
}

fn sample_of(method: CompressionMethod) -> Vec<u8> {
    let parameter = [
        b"ctorch._utils\n_rebuild_parameter\n(".to_vec(),
        tensor("HalfStorage", "1", 1, &[2], &[1]),
        b"\x88NtR".to_vec(),
    ];
    let inner = [b"}".to_vec(), text("bias"), parameter.concat(), b"s".to_vec()].concat();
    let pickle = dict(&[
        ("w", tensor("FloatStorage", "0", 0, &[2, 3], &[3, 1])),
        ("t", tensor("FloatStorage", "0", 0, &[3, 2], &[1, 3])),
        ("layer", inner),
        ("sparse", b"ctorch._utils\n_rebuild_sparse_tensor\n)R".to_vec()),
        ("epoch", b"K\x05".to_vec()),
    ]);
    let storages = [("0", floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])), ("1", vec![0, 0, 0, 0x3C, 0, 0xC0])];
    archive(pickle, &storages, method)
}

fn values(model: &Model, name: &str) -> Vec<f32> {
    model.tensor(name).unwrap_or_else(|| panic!("no {name}: {:?}", model.tensors)).values().unwrap().to_vec()
}

#[test]
fn tensors_of_an_archive() {
    for method in [Stored, Deflated] {
        let model = open_bytes("m.pt", sample_of(method)).unwrap();
        let names: Vec<&str> = model.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["w", "t", "layer.bias"]);
        assert_eq!(values(&model, "w"), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(values(&model, "t"), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
        assert_eq!(
            (values(&model, "layer.bias"), model.tensor("layer.bias").unwrap().dtype),
            (vec![1.0, -2.0], Dtype::F16)
        );
        assert!(
            model.metadata.iter().any(|(key, text)| key == "skipped" && text == "`sparse`: sparse_tensor is not read")
        );
    }
}

#[test]
fn what_lies_is_refused() {
    let one = |tensor: Vec<u8>| archive(dict(&[("w", tensor)]), &[("0", floats(&[1.0; 4]))], Stored);
    let ordered = |order: &[u8]| {
        let members = [("m/data.pkl", dict(&[])), ("m/byteorder", order.to_vec())];
        make::zip(&members, Stored)
    };
    refuse(vec![
        (
            "more than there is",
            "x.pt",
            one(tensor("FloatStorage", "0", 1, &[4], &[1])),
            "tensor `w`: shape [4] with strides [1] from element 1 on reaches beyond its storage of 4 elements",
        ),
        ("strides beyond it", "x.pt", one(tensor("FloatStorage", "0", 0, &[2, 2], &[3, 1])), "beyond its storage of 4"),
        (
            "repeated without end",
            "x.pt",
            one(tensor("FloatStorage", "0", 0, &[255, 255, 255], &[0, 0, 0])),
            "repeats the 4 elements",
        ),
        (
            "no such storage",
            "x.pt",
            one(tensor("FloatStorage", "7", 0, &[2], &[1])),
            "its storage `m/data/7` is not in the archive",
        ),
        (
            "a way out",
            "x.pt",
            one(tensor("FloatStorage", "../../../etc/passwd", 0, &[2], &[1])),
            "is not in the archive",
        ),
        ("the other byte order", "x.pt", ordered(b"big"), "big-endian"),
        ("nothing", "x.pt", ordered(b"little"), "holds no tensors"),
        (
            "a broken pickle",
            "x.pt",
            archive(b"\x80\x02}X\xFF\xFF\xFF\x7Fa".to_vec(), &[], Stored),
            "member `m/data.pkl`: byte 3 of the pickle",
        ),
        ("an old file that ends", "x.pth", legacy(&[6])[..30].to_vec(), "the pickle at byte"),
        ("an old file of another version", "x.pth", [MAGIC, b"\x80\x02M\xea\x03."].concat(), "another than 1001"),
        ("an old storage that lies", "x.pth", legacy(&[1 << 40]), "storage `0`: claims 1099511627776 elements"),
        ("an old storage too short", "x.pth", legacy(&[5]), "reaches beyond its storage of 5 elements"),
    ]);
}

#[test]
fn a_pickle_that_contains_itself_ends() {
    // A list in itself, and a dictionary in itself.
    let pickle = b"\x80\x02]q\x00h\x00a}q\x01(X\x01\x00\x00\x00ah\x01X\x01\x00\x00\x00bh\x00u.".to_vec();
    let error = open_bytes("x.pt", archive(pickle, &[], Stored)).unwrap_err().to_string();
    assert!(error.contains("holds no tensors"), "{error}");
    // A command among the tensors is passed over.
    let command = [&b"cos\nsystem\n("[..], &text("false"), b"tR"].concat();
    let pickle = dict(&[("evil", command), ("w", tensor("FloatStorage", "0", 0, &[1], &[1]))]);
    let model = open_bytes("x.pt", archive(pickle, &[("0", floats(&[3.0]))], Stored)).unwrap();
    assert_eq!((model.tensors.len(), values(&model, "w")), (1, vec![3.0]));
}

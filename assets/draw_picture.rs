//! Draws the built-in picture again: `cargo run --release --example draw_picture` writes `assets/picture.png`.

use quantscope::engine::media::picture::card;

fn main() {
    let picture = card::draw();
    let bytes: Vec<u8> = picture.pixels.iter().flatten().copied().collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/picture.png");
    let (width, height) = (picture.width as u32, picture.height as u32);
    image::save_buffer(path, &bytes, width, height, image::ColorType::Rgb8).expect("assets can be written");
    println!("{path}: {width} × {height}");
}

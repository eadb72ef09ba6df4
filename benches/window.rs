//! The window's time: a frame while the bits slider is dragged over a large tensor, and the first frame after the start. Prints a table;
//! never fails.
//!
//! A frame is everything that the program does for one: the page's code, the answers to the new setting, layout and tessellation (and the
//! tree for screen readers, which a window without one does not make). Rasterizing and the display's own waiting are left out.
//!
//! `cargo bench --bench window`. The times from the start to a picture need a display (`xvfb-run` will do) and are left out without one.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Event, Modifiers, PointerButton, Pos2, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use quantscope::app::{App, Options};
use quantscope::engine::rng::Rng;

/// AlexNet fc6: 9216 × 4096.
const SHAPE: [usize; 2] = [4096, 9216];

/// A display's frame, and what a frame may take.
const FRAME: Duration = Duration::from_micros(16_667);

/// What the first frame may take from the start of the process.
const FIRST: f64 = 0.5;

/// Frames of one drag.
const FRAMES: usize = 240;

/// What this program is called with to draw one frame and leave.
const ONE_FRAME: &str = "--one-frame";

/// A NumPy file of Gaussian weights.
fn write_weights(path: &Path) -> std::io::Result<()> {
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", SHAPE[0], SHAPE[1]);
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
    file.write_all(b"\x93NUMPY\x01\x00")?;
    file.write_all(&(header.len() as u16).to_le_bytes())?;
    file.write_all(header.as_bytes())?;
    let mut rng = Rng::new(6);
    for _ in 0..SHAPE[0] * SHAPE[1] {
        file.write_all(&(rng.normal() as f32 * 0.02).to_le_bytes())?;
    }
    file.flush()
}

fn start(options: Options) -> Harness<'static, App> {
    Harness::builder()
        .with_size([1280.0, 720.0])
        .build_eframe(move |cc| App::new(cc, options).expect("the application starts"))
}

/// One frame with these events, and how long it took.
fn frame(harness: &mut Harness<'_, App>, events: Vec<Event>) -> Duration {
    harness.input_mut().events.extend(events);
    let start = Instant::now();
    harness.step();
    let shapes = harness.output().shapes.clone();
    let cloned = start.elapsed();
    let tessellation = Instant::now();
    let primitives = harness.ctx.tessellate(shapes, harness.ctx.pixels_per_point());
    assert!(!primitives.is_empty(), "a frame shows something");
    cloned + tessellation.elapsed()
}

/// Waits until the exact numbers are there.
fn settle(harness: &mut Harness<'_, App>) {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        harness.step();
        let session = harness.state().session();
        let analysis = session.key().and_then(|key| session.results.analysis(key));
        if analysis.is_some_and(|analysis| analysis.is_exact()) {
            return;
        }
        assert!(Instant::now() < deadline, "the tensor is not opened and fitted within a minute");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Drags the bits slider from end to end and back, a step a display's frame, while the exact passes run on their threads.
fn drag(harness: &mut Harness<'_, App>) -> Vec<Duration> {
    let slider = harness.get_by_role_and_label(Role::Slider, "Bits").rect();
    let place = |index: usize| {
        let phase = (index % 80) as f32 / 40.0;
        pos2(slider.left() + slider.width() * 0.75 * if phase < 1.0 { phase } else { 2.0 - phase }, slider.center().y)
    };
    let button = |pos: Pos2, pressed: bool| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    frame(harness, vec![Event::PointerMoved(place(0)), button(place(0), true)]);
    let step = |index: usize| {
        let start = Instant::now();
        let time = frame(harness, vec![Event::PointerMoved(place(index))]);
        std::thread::sleep(FRAME.saturating_sub(start.elapsed()));
        time
    };
    let mut times: Vec<Duration> = (1..=FRAMES).map(step).collect();
    frame(harness, vec![button(place(FRAMES), false)]);
    times.sort_unstable();
    times
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn verdict(met: bool) -> &'static str {
    if met { "ok" } else { "MISSED" }
}

/// Seconds from the start of a process to its end; `None` where it could not do its work.
fn seconds_of(mut command: Command) -> Option<f64> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    status.success().then(|| start.elapsed().as_secs_f64())
}

fn main() {
    if std::env::args().any(|argument| argument == ONE_FRAME) {
        frame(&mut start(Options::default()), Vec::new());
        // As the window would be: without waiting for its threads.
        std::process::exit(0);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let itself = std::env::current_exe().expect("this program's path");
    let one_frame = || {
        let mut command = Command::new(&itself);
        command.arg(ONE_FRAME);
        seconds_of(command)
    };
    if let Some(seconds) = (0..5).filter_map(|_| one_frame()).min_by(f64::total_cmp) {
        println!("first frame, from the start of the process, without the window: {seconds:.3} s");
    }
    let picture = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quantscope"));
        command.args(["screenshot", "--page", "tensor", "--out"]).arg(folder.path().join("picture.png"));
        seconds_of(command)
    };
    match (0..5).filter_map(|_| picture()).min_by(f64::total_cmp) {
        Some(seconds) => println!(
            "window opened, first frames drawn and settled, picture taken and written: {seconds:.3} s (target for the first frame \
             {FIRST} s) {}",
            verdict(seconds <= FIRST)
        ),
        None => println!("no window could be opened: no times with one"),
    }
    let path = folder.path().join("weights.npy");
    write_weights(&path).expect("room for a temporary file");
    println!("a frame while the bits slider is dragged, {} × {} weights:", SHAPE[0], SHAPE[1]);
    for setting in ["linear:bits=4", "kmeans:bits=4", "kmeans:bits=4,init=linear"] {
        let options = Options {
            files: vec![path.clone()],
            page: Some("tensor"),
            setting: Some(setting.to_owned()),
            ..Options::default()
        };
        let mut harness = start(options);
        settle(&mut harness);
        let times = drag(&mut harness);
        let at = |share: f64| milliseconds(times[((times.len() - 1) as f64 * share) as usize]);
        println!(
            "  {setting:<28} median {:5.2} ms, 95th percentile {:5.2} ms (target {:.1}) {}, longest {:5.2} ms",
            at(0.5),
            at(0.95),
            milliseconds(FRAME),
            verdict(at(0.95) <= milliseconds(FRAME)),
            at(1.0)
        );
    }
}

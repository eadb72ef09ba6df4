//! Every file that comes in or goes out: good ones of each dtype, hostile ones, and round trips.

mod damage;
mod exports;
mod gguf;
mod good;
mod hostile;
mod make;
mod onnx;
mod qsz;
mod round_trip;
mod shards;
mod sound;
mod torch;

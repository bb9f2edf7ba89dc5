//! A fuzzer for stable Rust (docs/decisions says why not cargo-fuzz): inputs are mutations of a corpus, tried for
//! `FUZZ_SECONDS`, or a fixed number of the same ones in an ordinary test run. An input that breaks something is written
//! down and named; put it into the corpus with its mend. Shared by the crates' tests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Inputs of an ordinary test run.
const CASES: usize = 1500;
/// Longest input.
const MOST_BYTES: usize = 20_000;

/// SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// The files of a corpus with their names, in the order of these.
pub fn corpus(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    let named = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    paths.iter().map(|path| (named(path), std::fs::read(path).unwrap())).collect()
}

fn mutate(input: &mut Vec<u8>, random: &mut Random, corpus: &[(String, Vec<u8>)], words: &[&[u8]]) {
    for _ in 0..=random.below(4) {
        let (len, at) = (input.len(), random.below(input.len() + 1));
        match random.below(8) {
            0 if len > 0 => input[at.min(len - 1)] ^= 1 << random.below(8),
            1 if len > 0 => {
                input[at.min(len - 1)] = [0, 0xff, 0x7f, b' ', b'\n', b'%', b'/'][random.below(7)]
            }
            2 => drop(input.drain(at..(at + random.below(64)).min(len))),
            3 => {
                let word = words[random.below(words.len())];
                input.splice(at..at, word.iter().copied());
            }
            4 => {
                let piece = input[at..(at + random.below(200)).min(len)].to_vec();
                let to = random.below(len + 1);
                input.splice(to..to, piece);
            }
            5 => {
                let (_, other) = &corpus[random.below(corpus.len())];
                let from = random.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            6 => input.truncate(at),
            _ => {
                let bytes: Vec<u8> = (0..random.below(16)).map(|_| random.below(256) as u8).collect();
                input.splice(at..at, bytes);
            }
        }
        input.truncate(MOST_BYTES);
    }
}

/// Tries `target` on the corpus and on mutations of it. `target` panics at what must not be; it gets the name of the file
/// that the input was made of.
pub fn fuzz(name: &str, folder: &Path, words: &[&[u8]], mut target: impl FnMut(&str, &[u8])) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().map(|text| text.parse::<u64>().unwrap());
    let seed = match (std::env::var("FUZZ_SEED"), seconds) {
        (Ok(text), _) => text.parse().unwrap(),
        (Err(_), Some(_)) => RandomState::new().hash_one(name),
        (Err(_), None) => 1,
    };
    let corpus = corpus(folder);
    let mut random = Random(seed);
    let began = Instant::now();
    let mut tried = 0;
    loop {
        let (origin, mut input) = corpus[tried % corpus.len()].clone();
        if tried >= corpus.len() {
            mutate(&mut input, &mut random, &corpus, words);
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| target(&origin, &input))) {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{seed}-{tried}"));
            std::fs::write(&path, &input).unwrap();
            eprintln!("fuzz {name}: FUZZ_SEED={seed}, input {tried} of {origin} is in {}", path.display());
            resume_unwind(panic);
        }
        tried += 1;
        let over = match seconds {
            Some(seconds) => began.elapsed() >= Duration::from_secs(seconds),
            None => tried >= CASES,
        };
        if over && tried >= corpus.len() {
            break;
        }
    }
    println!("fuzz {name}: {tried} inputs of {} files in {:?}, seed {seed}", corpus.len(), began.elapsed());
}

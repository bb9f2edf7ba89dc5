//! How far it is: one line on a terminal, a line every few seconds in a log.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Shows progress on standard error.
pub struct Progress {
    is_terminal: bool,
    stage: &'static str,
    began: Instant,
    shown: Option<Instant>,
}

impl Progress {
    /// Shows nothing yet.
    pub fn start() -> Self {
        Self { is_terminal: std::io::stderr().is_terminal(), stage: "", began: Instant::now(), shown: None }
    }

    /// Says something once.
    pub fn say(&mut self, sentence: &str) {
        self.end();
        eprintln!("{sentence}");
    }

    /// `done` of `all` of a stage are done. Cheap enough to be told often; not every call is shown.
    pub fn show(&mut self, stage: &'static str, done: u64, all: u64) {
        if stage != self.stage {
            self.end();
            (self.stage, self.began, self.shown) = (stage, Instant::now(), None);
        }
        let pause = if self.is_terminal { Duration::from_millis(100) } else { Duration::from_secs(5) };
        if self.shown.is_some_and(|shown| shown.elapsed() < pause) && done < all {
            return;
        }
        self.shown = Some(Instant::now());
        let line = line(stage, done, all, self.began.elapsed());
        if self.is_terminal {
            eprint!("\r\x1b[K{line}");
            // A terminal that has gone away is no reason to end.
            let _ = std::io::stderr().flush();
        } else {
            eprintln!("{line}");
        }
    }

    /// Ends the line.
    pub fn end(&mut self) {
        if self.is_terminal && self.shown.take().is_some() {
            eprintln!();
        }
        self.stage = "";
    }
}

fn line(stage: &str, done: u64, all: u64, elapsed: Duration) -> String {
    let percent = if all == 0 { 100.0 } else { 100.0 * done as f64 / all as f64 };
    let mut line = format!("{} of {} {stage} ({percent:.0} %)", grouped(done), grouped(all));
    let seconds = elapsed.as_secs_f64();
    if done > 0 && seconds > 0.5 {
        let speed = done as f64 / seconds;
        line.push_str(&format!(", {} a second", grouped(speed as u64)));
        if done < all {
            let left = ((all - done) as f64 / speed).ceil() as u64;
            line.push_str(&format!(", {}:{:02} left", left / 60, left % 60));
        }
    }
    line
}

/// A number with its thousands set apart.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_time_is_foretold() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            line("scans", 1_000, 4_000, Duration::from_secs(30)),
            "1,000 of 4,000 scans (25 %), 33 a second, 1:30 left"
        );
        assert_eq!(line("scans", 0, 10, Duration::ZERO), "0 of 10 scans (0 %)");
    }
}

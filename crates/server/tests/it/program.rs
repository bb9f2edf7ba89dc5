//! The real program, as an operator starts it.

use crate::client::{Client, TOKEN, eventually};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// A running `quietzone serve`.
pub struct Program {
    child: Child,
    client: Client,
    log: File,
}

/// `quietzone` with nothing of this process's environment but what is given.
pub fn quietzone(settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietzone"));
    command.env_clear().env("QUIETZONE_LOG", "error").envs(settings.iter().copied());
    command
}

impl Program {
    /// Starts it and waits until redirects are answered.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let mut command = quietzone(settings);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env("QUIETZONE_API_TOKEN", TOKEN).env("QUIETZONE_API_RATE_LIMIT", "0");
        command
            .env("QUIETZONE_ADMIN_EMAIL", crate::app::ADMIN)
            .env("QUIETZONE_ADMIN_PASSWORD", crate::app::PASSWORD);
        let log = tempfile::tempfile().unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log.try_clone().unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address =
            line.trim_end().strip_prefix("listening on http://").unwrap_or_else(|| panic!("{line:?}"));
        Self { client: Client::new(address.parse().unwrap()), child, log }
    }

    /// What it said on standard error, once it has ended.
    pub fn log(&self) -> String {
        let mut text = String::new();
        let mut log = &self.log;
        log.rewind().unwrap();
        log.read_to_string(&mut text).unwrap();
        text
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns how it ended and after how long.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let status = eventually("the end of the program", || self.child.try_wait().unwrap());
        (status, began.elapsed())
    }
}

impl Deref for Program {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ended already, unless a test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        }
    }
}

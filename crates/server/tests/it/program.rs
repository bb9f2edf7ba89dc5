//! The real program, as an operator starts it.

use crate::client::{Client, TOKEN, eventually};
use server::catalog::Catalog;
use server::catalog::installation::{self, BaseUrl};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::os::unix::fs::FileExt;
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

/// The base URLs that a stopped program has on record.
pub fn base_urls(data: &Path) -> Vec<BaseUrl> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut db = Catalog::look(&data.join("catalog.db"), false).await.unwrap();
        installation::base_urls(&mut db).await.unwrap()
    })
}

impl Program {
    /// Starts it and waits until redirects are answered.
    pub fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        Self::with_arguments(data, &[], settings)
    }

    /// Starts it with more on the command line.
    pub fn with_arguments(data: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Self {
        let mut command = quietzone(settings);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data).args(arguments);
        command.env("QUIETZONE_API_TOKEN", TOKEN).env("QUIETZONE_API_RATE_LIMIT", "0");
        command
            .env("QUIETZONE_ADMIN_EMAIL", crate::app::ADMIN)
            .env("QUIETZONE_ADMIN_PASSWORD", crate::app::PASSWORD);
        let log = tempfile::tempfile().unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log.try_clone().unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").and_then(|url| url.split_once("://"));
        let address = address.map(|(_, address)| address.parse().unwrap());
        let program = |address| Self { client: Client::new(address), child, log };
        match address {
            Some(address) => program(address),
            // Dropped in a panic, it shows what it said.
            None => {
                let _refused = program(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
                panic!("it did not start: {line:?}")
            }
        }
    }

    /// What it has said on standard error.
    pub fn log(&self) -> String {
        // Read by offset: the program writes at the same file position.
        let mut bytes = vec![0; self.log.metadata().unwrap().len() as usize];
        self.log.read_exact_at(&mut bytes, 0).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// SIGHUP.
    pub fn hang_up(&self) {
        self.signal(rustix::process::Signal::HUP);
    }

    /// SIGSTOP.
    pub fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns how it ended and after how long.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        self.signal(rustix::process::Signal::TERM);
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

//! The servers that are measured, each a process of its own, and the processor time they use.

use crate::tls::Certificate;
use anyhow::{Context, bail};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks a second of `/proc`; Linux shows this many to programs on every machine.
const TICKS: f64 = 100.0;
/// Longest a server may take to start.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A running server; ended when dropped.
pub struct Server {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// What its threads that answer are called; empty: all of them.
    threads: &'static str,
}

impl Server {
    /// Quietzone on a data directory.
    pub fn quietzone(binary: &Path, data: &Path, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.envs(settings.iter().copied());
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("{}: `make build` makes it", binary.display()))?;
        let mut line = String::new();
        let said = child.stdout.take().context("no standard output")?;
        BufReader::new(said).read_line(&mut line)?;
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let _ = child.kill();
            bail!("quietzone did not start; it said {line:?}");
        };
        Ok(Self { child, address: address.parse()?, threads: "redirect-" })
    }

    /// nginx that answers everything with a 302, with or without its access log, one worker a core.
    pub fn nginx(folder: &Path, log: bool, tls: Option<&Certificate>) -> anyhow::Result<Self> {
        let address = free_address()?;
        let (ssl, files) = match tls {
            None => ("", String::new()),
            Some(tls) => (
                " ssl",
                format!(
                    "ssl_certificate {}; ssl_certificate_key {};",
                    tls.cert().display(),
                    tls.key().display()
                ),
            ),
        };
        let access = if log { "access.log" } else { "off" };
        let configuration = format!(
            "daemon off;\nworker_processes {};\npid nginx.pid;\nerror_log error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log {access}; keepalive_requests 1000000000; \
             client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; \
             uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n\
             server {{ listen {address} reuseport{ssl}; {files} \
             location / {{ return 302 https://www.example.com/menu$uri; }} }} }}\n",
            std::thread::available_parallelism()?,
        );
        fs::create_dir_all(folder)?;
        fs::write(folder.join("nginx.conf"), configuration)?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .args(["-c", "nginx.conf"])
            .stderr(Stdio::null())
            .spawn()
            .context("nginx: apt-get install nginx-light")?;
        Self { child, address, threads: "" }.ready()
    }

    /// Bare hyper, this very program: one current-thread runtime a core, the same answer for everything.
    pub fn hyper(tls: Option<&Certificate>) -> anyhow::Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["hyper", &address.to_string()]);
        if let Some(tls) = tls {
            command.arg("--cert").arg(tls.cert()).arg("--key").arg(tls.key());
        }
        let child = command.spawn()?;
        Self { child, address, threads: "" }.ready()
    }

    fn ready(self) -> anyhow::Result<Self> {
        let began = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if began.elapsed() > READY_WITHIN {
                bail!("nobody answers on {}", self.address);
            }
            std::thread::yield_now();
        }
        Ok(self)
    }

    /// Ends it as a crash does.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor seconds, user and system, of the threads that answer.
    pub fn answering_seconds(&self) -> anyhow::Result<f64> {
        let mut seconds = 0.0;
        for process in self.processes()? {
            for thread in fs::read_dir(format!("/proc/{process}/task"))? {
                let (name, used) = stat(&thread?.path().join("stat"))?;
                if name.starts_with(self.threads) {
                    seconds += used;
                }
            }
        }
        Ok(seconds)
    }

    /// Processor seconds, user and system, of all its threads, those that have ended included.
    pub fn all_seconds(&self) -> anyhow::Result<f64> {
        let used = |process: u32| Ok(stat(Path::new(&format!("/proc/{process}/stat")))?.1);
        self.processes()?.into_iter().map(used).sum()
    }

    /// Anonymous memory in bytes (RssAnon).
    pub fn anonymous_memory(&self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).context("no RssAnon")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
    }

    /// The process and its children: nginx answers in workers.
    fn processes(&self) -> anyhow::Result<Vec<u32>> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.pid()))?;
        let children = children.split_whitespace().map(str::parse).collect::<Result<Vec<u32>, _>>()?;
        Ok([vec![self.pid()], children].concat())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        // Not SIGKILL: nginx's workers would stay.
        let _ = Command::new("kill").arg(self.pid().to_string()).status();
        let _ = self.child.wait();
    }
}

/// Name, and seconds of processor time, of a thread or process.
fn stat(path: &Path) -> anyhow::Result<(String, f64)> {
    let text = fs::read_to_string(path)?;
    let (start, end) = (text.find('(').context("stat")? + 1, text.rfind(')').context("stat")?);
    let fields: Vec<&str> = text[end + 1..].split_whitespace().collect();
    // proc_pid_stat(5): utime and stime are the 14th and 15th field, the first behind the name is the third.
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok((text[start..end].to_owned(), ticks / TICKS))
}

/// An address where nobody listens.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

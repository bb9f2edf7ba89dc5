//! Disks that are full, refuse, lie or hang.

use super::{EIO, Fault, Faults, duration, link, long, reasons, world};
use crate::client::{Client, eventually};
use crate::load::{Load, figure, lost};
use crate::program::Program;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A small file system of its own.
pub struct Tmpfs(TempDir);

impl Tmpfs {
    pub fn mount(megabytes: u32) -> Self {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])
            .arg(folder.path())
            .output()
            .expect("mount");
        assert!(
            mounted.status.success(),
            "THE TEST OF A FULL DISK CANNOT BE RUN HERE: mounting a tmpfs needs the right to (run as root, or in a \
             container with CAP_SYS_ADMIN): {}",
            String::from_utf8_lossy(&mounted.stderr)
        );
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Fills it to the last byte with a file of somebody else's.
    pub fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.path().join("filler")).unwrap();
        let zeroes = vec![0; 64 << 10];
        let mut size = zeroes.len();
        while size > 0 {
            if file.write_all(&zeroes[..size]).is_err() {
                size /= 2;
            }
        }
    }

    pub fn empty(&self) {
        std::fs::remove_file(self.path().join("filler")).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk() {
    let disk = Tmpfs::mount(150);
    let mut program = Program::start(&disk.path().join("data"), &[]);
    let ballast = disk.path().join("data/spool/ballast");
    eventually("the ballast", || ballast.exists().then_some(()));
    let lost = world(
        "disk full",
        &mut program,
        long(),
        || disk.fill(),
        "losses",
        |program| {
            if !ballast.exists() {
                // What the spool gave up somebody else takes at once.
                disk.fill();
            }
            lost(program).get("disk_full").is_some_and(|scans| *scans > 1000)
        },
        || disk.empty(),
    );
    assert!(lost > 1000);
}

#[test]
fn a_disk_whose_reserve_is_used_up_is_called_nearly_full_until_there_is_another() {
    let disk = Tmpfs::mount(150);
    let program = Program::start(&disk.path().join("data"), &[]);
    let ballast = disk.path().join("data/spool/ballast");
    eventually("the ballast", || ballast.exists().then_some(()));
    let link = link(&program);
    assert!(!reasons(&program).contains("reserve"));
    disk.fill();
    let mut asked = 0;
    eventually("the reserve to be given up", || {
        program.scan(&link);
        asked += 1;
        (!ballast.exists()).then_some(())
    });
    // Scans find room again where it was, and nothing else is wrong: that must not look like a disk that is well.
    eventually("nothing but the reserve to be amiss", || {
        let told = reasons(&program);
        (told.starts_with("[\"disk: ") && !told.contains("\",\"")).then_some(())
    });
    assert!(reasons(&program).contains("free room"), "{}", reasons(&program));
    assert_eq!(figure(&program, "scans_at_risk"), 0);
    assert_eq!(figure(&program, "spool_reserve_missing"), 1);
    let system = program.get("/v1/x/system");
    assert!(system["reasons"][0].as_str().unwrap().contains("reserve"), "{system}");
    disk.empty();
    eventually("the reserve to be there again", || (reasons(&program) == "[]").then_some(()));
    assert!(ballast.exists() && lost(&program).is_empty());
    program.events(&link, asked);
}

#[test]
fn a_stop_that_loses_scans_says_how_many_and_ends_with_1() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    let mut program = faults.start(&folder.path().join("data"), &[]);
    let link = link(&program);
    program.scan(&link);
    faults.set(Fault::WriteError, EIO);
    for _ in 0..7 {
        program.scan(&link);
    }
    let (status, _) = program.terminate();
    assert_eq!(status.code(), Some(1), "{}", program.log());
    assert!(
        program.log().contains("quietzone: 7 scans that were answered could not be written"),
        "{}",
        program.log()
    );
    // What did not go wrong at the stop is no fault of the stop.
    faults.set(Fault::WriteError, 0);
    let mut program = faults.start(&folder.path().join("data"), &[]);
    program.scan(&link);
    let (status, _) = program.terminate();
    assert_eq!(status.code(), Some(0), "{}", program.log());
}

#[test]
fn health_stays_degraded_after_scans_were_lost() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    let program = faults.start(&folder.path().join("data"), &[]);
    let link = link(&program);
    faults.set(Fault::WriteError, EIO);
    let mut load = Load::new(&program, &link);
    load.more = long();
    load.run(super::until("losses", || lost(&program).contains_key("write_error")));
    eventually("health to tell it", || reasons(&program).contains("lost scans: ").then_some(()));
    faults.set(Fault::WriteError, 0);
    // The disk is well: soon nothing else is wrong any more.
    eventually("nothing but the losses to be told", || {
        let told = reasons(&program);
        assert!(told.contains("lost scans: ") && told.contains("write_error="), "{told}");
        (!told.contains("\"spool: ")).then_some(())
    });
}

#[test]
fn a_start_on_a_full_disk() {
    for clean in [false, true] {
        let disk = Tmpfs::mount(24);
        let data = disk.path().join("data");
        let mut program = Program::start(&data, &[]);
        let link = link(&program);
        program.scan(&link);
        program.events(&link, 1);
        disk.fill();
        if clean {
            program.terminate();
            // What the end let go of is somebody else's at once.
            disk.fill();
        } else {
            program.kill();
        }
        let program = Program::start(&data, &[]);
        for _ in 0..50 {
            program.scan(&link);
        }
        disk.empty();
        eventually("nothing to be at risk", || (figure(&program, "scans_at_risk") == 0).then_some(()));
        program.events(&link, 51);
        println!("start on a full disk, clean stop before: {clean}: asked 50, answered 50, not recorded 0");
    }
}

#[test]
fn a_disk_that_answers_writes_with_errors() {
    let folder = TempDir::new().unwrap();
    let faults = Faults::new(folder.path());
    let mut program = faults.start(&folder.path().join("data"), &[]);
    let lost = world(
        "write error",
        &mut program,
        long(),
        || faults.set(Fault::WriteError, EIO),
        "losses",
        |program| lost(program).get("write_error").is_some_and(|scans| *scans > 1000),
        || faults.set(Fault::WriteError, 0),
    );
    assert!(lost > 1000 && faults.struck() > 0);
}

#[test]
fn a_disk_that_cannot_sync() {
    let folder = TempDir::new().unwrap();
    let (faults, data) = (Faults::new(folder.path()), folder.path().join("data"));
    let mut program = faults.start(&data, &[]);
    let lost = world(
        "failing fsync",
        &mut program,
        String::new(),
        || faults.set(Fault::SyncError, EIO),
        "failed syncs",
        |program| figure(program, "sync_errors_total") > 0,
        || faults.set(Fault::SyncError, 0),
    );
    assert_eq!(lost, 0, "what is written is readable, and is written once more to a file that can be synced");
    assert!(faults.struck() > 0);
}

#[test]
fn a_disk_that_cannot_sync_when_the_program_is_killed() {
    let folder = TempDir::new().unwrap();
    let (faults, data) = (Faults::new(folder.path()), folder.path().join("data"));
    let program = faults.start(&data, &[]);
    let link = link(&program);
    let answered = {
        let load = Load::new(&program, &link);
        faults.set(Fault::SyncError, EIO);
        load.run(super::until("failed syncs", || figure(&program, "sync_errors_total") > 0));
        load.answered()
    };
    program.kill();
    faults.set(Fault::SyncError, 0);
    let program = faults.start(&data, &[]);
    let stored = crate::load::stored(&program, &link, answered);
    println!("failing fsync and kill -9: answered {answered}, stored {}", stored.len());
    assert_eq!(stored.len() as u64, answered);
    assert!(stored.values().all(|count| *count == 1));
}

/// Lets writes come back when a test is over, however it ends: it joins a thread that waits for one.
struct Mend<'f>(&'f Faults);

impl Drop for Mend<'_> {
    fn drop(&mut self) {
        self.0.set(Fault::Stall, 0);
    }
}

/// Scans that wait before those that follow come more slowly: about twice as many fit into memory.
const MOST_WAITING: u64 = 10_000;

#[test]
fn a_disk_on_which_a_write_hangs() {
    for threads in ["1", "2"] {
        let folder = TempDir::new().unwrap();
        let faults = Faults::new(folder.path());
        let settings = [("QUIETZONE_REDIRECT_THREADS", threads)];
        let mut program = faults.start(&folder.path().join("data"), &settings);
        let link = link(&program);
        let began = Instant::now();
        let lost = {
            let load = Load::new(&program, &link);
            load.one();
            faults.set(Fault::Stall, 1);
            std::thread::scope(|scope| {
                let _mend = Mend(&faults);
                // Its thread is held up in the write, and itself until the disk comes back.
                let hanging = scope.spawn(|| {
                    use std::io::Read;
                    let mut connection = crate::load::connect(program.address);
                    let request = crate::load::request(program.address, &link.slug, load.ask(), "");
                    connection.write_all(request.as_bytes()).unwrap();
                    connection.set_read_timeout(None).unwrap();
                    let mut answer = [0; 13];
                    connection.read_exact(&mut answer).unwrap();
                    assert_eq!(&answer, b"HTTP/1.1 302 ");
                    load.was_answered();
                });
                eventually("the write to hang", || (faults.struck() > 0).then_some(()));
                // Everybody who comes now is answered.
                while began.elapsed() < duration() || load.answered() < 200 {
                    load.one();
                    if load.answered() > MOST_WAITING {
                        // What waits must fit into memory, however long it hangs.
                        std::thread::sleep(Duration::from_millis(20));
                    }
                }
                assert!(!hanging.is_finished());
                // The test's own kept connection may be one of those that wait with the thread.
                let fresh = Client::new(program.address);
                assert!(figure(&fresh, "scans_at_risk") > 0);
                let system = fresh.get("/v1/x/system");
                assert!(system["reasons"].to_string().contains("wait to be written"), "{system}");
                faults.set(Fault::Stall, 0);
                hanging.join().unwrap();
            });
            let lost = load.settle(&format!("stalled write, {threads} threads, 1 late"));
            assert_eq!(lost, 0);
            lost
        };
        super::assert_log_is_short(&mut program, lost, began.elapsed());
    }
}

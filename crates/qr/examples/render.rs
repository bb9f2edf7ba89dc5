//! Writes the code of a payload to a file, `.svg` or `.png`: what the check with an outside reader starts
//! from.

use qr::{Code, Level};
use std::error::Error;
use std::process::ExitCode;

const USAGE: &str =
    "usage: render PAYLOAD FILE.svg|FILE.png [WIDTH in px, default 512 [LEVEL: L, M, Q or H, default M]]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match render(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn render(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let (payload, path, rest) = match arguments {
        [payload, path, rest @ ..] if rest.len() <= 2 => (payload, path, rest),
        _ => return Err(USAGE.into()),
    };
    let width = rest.first().map_or(Ok(512), |width| width.parse())?;
    let level = match rest.get(1).map(String::as_str) {
        Some("L") => Level::L,
        None | Some("M") => Level::M,
        Some("Q") => Level::Q,
        Some("H") => Level::H,
        Some(_) => return Err(USAGE.into()),
    };
    let code = Code::new(payload, level)?;
    if path.ends_with(".svg") {
        std::fs::write(path, qr::svg::render(&code, width, Some(payload))?)?;
    } else if path.ends_with(".png") {
        std::fs::write(path, qr::png::render(&code, width)?)?;
    } else {
        return Err(USAGE.into());
    }
    Ok(())
}

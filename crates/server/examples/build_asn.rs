//! `build_asn V4.csv V6.csv OUT`: makes the file of networks; stands in until the program's own command does.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [v4, v6, out] = arguments.as_slice() else {
        eprintln!("usage: build_asn IPV4.csv IPV6.csv OUT.asn");
        return ExitCode::from(2);
    };
    match server::geo::asn::build(Path::new(v4), Path::new(v6), Path::new(out)) {
        Ok(built) => {
            println!("{out}: {built:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

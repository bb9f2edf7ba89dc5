//! The crate `linkbreakers`, unmodified, against the real program: `linkbreakers-story BINARY`.
//!
//! Makes the core calls of a team that moves over, in order, each checked. The last line is "N of M passed, F failed"; the
//! exit status is 1 if anything failed.

mod calls;
mod program;

use program::Program;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let binary = std::env::args().nth(1).ok_or_else(|| anyhow::anyhow!("which BINARY?"))?;
    let program = Program::start(&binary)?;
    let outcomes = calls::all(&program).await;
    let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err()).count();
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(()) => println!("ok      {name}"),
            Err(error) => println!("FAILED  {name}: {error:#}"),
        }
    }
    println!("{} of {} passed, {failed} failed", outcomes.len() - failed, outcomes.len());
    drop(program);
    std::process::exit(i32::from(failed > 0));
}

//! Passes the compiler's version and the optimisation level to `compare`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let rustc = env::var_os("RUSTC").expect("cargo sets RUSTC");
    let output = Command::new(rustc).arg("--version").output().expect("cargo's compiler runs");
    println!("cargo::rustc-env=COMPARE_RUSTC={}", String::from_utf8_lossy(&output.stdout).trim());
    println!(
        "cargo::rustc-env=COMPARE_OPT_LEVEL={}",
        env::var("OPT_LEVEL").expect("cargo sets OPT_LEVEL")
    );
}

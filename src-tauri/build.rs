//! Builds what Tauri needs, and says so when the screens were not built.

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    let dist = std::path::Path::new("../ui/dist");
    if !dist.join("index.html").exists() {
        println!("cargo:warning=ui/dist is missing: run `cargo xtask ui` to build the screens");
        let _ = std::fs::create_dir_all(dist);
    }
    tauri_build::build();
}

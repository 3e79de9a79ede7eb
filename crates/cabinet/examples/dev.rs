#![allow(
    clippy::all,
    clippy::disallowed_methods,
    clippy::print_stdout,
    missing_docs
)]
use cabinet::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
struct Hash(Sha256, BTreeMap<String, (u64, String)>, u64);
impl Sink for Hash {
    type Error = std::convert::Infallible;
    fn begin(&mut self, _m: &Member) -> Result<Verdict, Self::Error> {
        self.0 = Sha256::new();
        Ok(Verdict::Take)
    }
    fn write(&mut self, b: &[u8]) -> Result<(), Self::Error> {
        self.0.update(b);
        self.2 += b.len() as u64;
        Ok(())
    }
    fn end(&mut self, m: &Member) -> Result<(), Self::Error> {
        let h = std::mem::take(&mut self.0).finalize();
        self.1.insert(
            m.name.clone(),
            (
                m.size as u64,
                h.iter().map(|b| format!("{b:02x}")).collect(),
            ),
        );
        Ok(())
    }
}
struct Dir(std::path::PathBuf);
impl Volumes for Dir {
    fn open(&mut self, n: &str) -> std::io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(std::fs::File::open(
            self.0.join(format!("cab-{}", n.to_lowercase())),
        )?))
    }
}
fn main() {
    for f in std::env::args().skip(1) {
        let mut s = Hash(Sha256::new(), Default::default(), 0);
        let p = std::path::PathBuf::from(&f);
        let r = extract(
            Box::new(std::fs::File::open(&p).unwrap()),
            &mut Dir(p.parent().unwrap().into()),
            &mut s,
        );
        println!(
            "{}",
            serde_json::json!({"file":f,"error":r.as_ref().err().map(|e|e.to_string()),"members":s.1})
        );
    }
}

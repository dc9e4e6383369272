//! Every law holds over its committed corpus and over seeded noise, on stable Rust.

use std::path::Path;

/// Inputs of noise per law; each law also sees its whole corpus.
const NOISE: u64 = 200;

#[test]
fn every_law_holds_over_its_corpus_and_over_noise() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (name, law) in fuzz::LAWS {
        let mut inputs = 0;
        for entry in std::fs::read_dir(corpora.join(name)).into_iter().flatten() {
            let path = entry.expect("a readable corpus folder").path();
            law(&std::fs::read(&path).expect("a readable corpus file"));
            inputs += 1;
        }
        assert!(inputs > 0, "{name}: no corpus; put at least one seed into fuzz/corpus/{name}");
        for seed in 0..NOISE {
            law(&noise(seed));
        }
        println!("{name}: {inputs} inputs and {NOISE} of noise");
    }
}

/// Up to 1 KiB of SplitMix64.
fn noise(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let len = next() % 1_024;
    (0..len).map(|_| (next() >> 32) as u8).collect()
}

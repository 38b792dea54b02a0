#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| mingzheng_fuzz::run("lists", data));

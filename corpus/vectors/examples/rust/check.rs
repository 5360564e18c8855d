// Loads the vectors of padding without any crate, and checks a function with them: rustc check.rs.
use std::{env, fs, path::Path, process::exit};

// The text of a member with a string, by its name; good enough for records of hexadecimal strings.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let start = json.find(&format!("\"{name}\":\""))? + name.len() + 4;
    json[start..].split('"').next()
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

fn unpad(data: &[u8]) -> Option<&[u8]> {
    let size = usize::from(*data.last()?);
    let start = data.len().checked_sub(size)?;
    let good = (1..=16).contains(&size) && data[start..].iter().all(|byte| usize::from(*byte) == size);
    good.then_some(&data[..start])
}

fn main() {
    let folder = env::args().nth(1).expect("the folder with the vectors");
    let lines = fs::read_to_string(Path::new(&folder).join("padding.jsonl")).unwrap();
    let (mut checked, mut failures) = (0, 0);
    for line in lines.lines() {
        let (input, output) = line.split_once("\"output\":").expect("an output");
        let data = bytes(member(input, "data").expect("data"));
        let expected = member(output, "data").map(bytes); // None: to be refused
        if unpad(&data).map(<[u8]>::to_vec) != expected {
            println!("{}: not {expected:?}", member(input, "id").unwrap());
            failures += 1;
        }
        checked += 1;
    }
    println!("{checked} vectors checked, {failures} failures");
    exit(i32::from(failures > 0 || checked == 0));
}

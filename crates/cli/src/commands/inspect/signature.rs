//! A package's signature for people: what was checked, and what was not.

use inspection::{Chain, ChainState, Signature, Timestamp};

/// The lines of a signature; none: the package has none.
pub fn lines(signature: Option<&Signature>) -> Vec<String> {
    let Some(signature) = signature else {
        return vec!["not signed".to_owned()];
    };
    let signer = signature
        .signer
        .as_ref()
        .map_or("nobody that can be read".to_owned(), |signer| {
            signer.subject()
        });
    let mut lines = vec![format!("signed by {signer}: {}", contents(signature))];
    if signature.signature == "unreadable" {
        return lines;
    }
    lines.push(format!(
        "  signature   {}",
        told(signature.signature, signature.why.as_deref())
    ));
    if let Some(stamp) = &signature.timestamp {
        lines.push(format!("  time-stamp  {}", time_stamp(stamp)));
    }
    if let Some(chain) = &signature.chain {
        lines.push(format!("  chain       {}", chain_line(chain)));
    }
    lines.extend(judgement(signature));
    lines
}

fn contents(signature: &Signature) -> String {
    let algorithm = &signature.algorithm;
    match signature.digest {
        "matches" => format!("the contents are those that were signed ({algorithm})"),
        "differs" => format!("the contents are NOT those that were signed ({algorithm})"),
        _ if signature.signature == "unreadable" => "it cannot be read".to_owned(),
        _ => format!("its digest ({algorithm}) cannot be computed"),
    }
}

fn told(state: &str, why: Option<&str>) -> String {
    match (state, why) {
        ("verifies", _) => "is the signer's".to_owned(),
        ("fails", Some(why)) => format!("DOES NOT VERIFY: {why}"),
        (_, why) => format!("was not checked: {}", why.unwrap_or("it cannot be read")),
    }
}

fn time_stamp(stamp: &Timestamp) -> String {
    let time = stamp
        .time
        .as_deref()
        .unwrap_or("at no time that can be read");
    let chain = stamp.chain.as_ref();
    let by = chain.and_then(|chain| chain.subjects.first());
    let by = by.map_or("somebody", String::as_str);
    format!(
        "{time} by {by}, {}",
        told(stamp.state, stamp.why.as_deref())
    )
}

fn chain_line(chain: &Chain) -> String {
    let subjects = chain.subjects.join(" < ");
    let state = match chain.state {
        ChainState::Complete => "verifies up to the last, which signed itself",
        ChainState::Incomplete => "verifies so far; the last one's issuer does not come along",
        ChainState::Fails => "DOES NOT VERIFY: the last was not signed by the issuer that it names",
        ChainState::Unsupported => "the last is signed in a way that is not known here",
    };
    format!("{subjects}: {state}")
}

fn judgement(signature: &Signature) -> Vec<String> {
    let Some(judged) = &signature.judgement else {
        return vec!["  trust       not judged: no roots were given (--roots FILE)".to_owned()];
    };
    let by = match judged.timestamped {
        true => "its time-stamp's",
        false => "now",
    };
    let at = format!("at {} ({by})", judged.at);
    match &judged.root {
        Some(root) if judged.trusted => vec![format!(
            "  trust       ends with {root}, one of the roots, {at}; revocation was not looked up"
        )],
        _ => judged
            .faults
            .iter()
            .map(|fault| format!("  trust       NO, {at}: {fault}"))
            .collect(),
    }
}

//! What was named on the command line, found or refused.

/// Finds what was named, in the order of the names; everything if nothing was.
///
/// # Errors
///
/// Says which name nothing has, and which name it may have been meant for.
pub fn chosen<T>(
    what: &str,
    all: &'static [T],
    names: &[String],
    name_of: fn(&T) -> &'static str,
) -> Result<Vec<&'static T>, String> {
    if names.is_empty() {
        return Ok(all.iter().collect());
    }
    let mut found: Vec<&'static T> = Vec::new();
    for name in names {
        let one = all.iter().find(|one| name_of(one) == name).ok_or_else(|| {
            let nearest = nearest(name, all.iter().map(name_of));
            format!(
                "no {what} is called `{name}`; did you mean `{nearest}`? `--list` names all of them"
            )
        })?;
        // Twice the same would be counted twice.
        if !found.iter().any(|other| name_of(other) == name) {
            found.push(one);
        }
    }
    Ok(found)
}

fn nearest(name: &str, all: impl Iterator<Item = &'static str>) -> &'static str {
    all.max_by(|a, b| strsim::jaro_winkler(name, a).total_cmp(&strsim::jaro_winkler(name, b)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::CONTENDERS;

    fn named(names: &[&str]) -> Result<Vec<&'static str>, String> {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        let found = chosen("strategy", CONTENDERS, &names, |one| one.name)?;
        Ok(found.iter().map(|one| one.name).collect())
    }

    #[test]
    fn names_are_found_in_their_order_and_once() {
        assert_eq!(named(&["mpsc", "condvar", "mpsc"]), Ok(vec!["mpsc", "condvar"]));
        assert_eq!(named(&[]).map(|all| all.len()), Ok(CONTENDERS.len()));
    }

    #[test]
    fn a_mistyped_name_is_refused_with_the_nearest() {
        for (typed, meant) in [
            ("crosbeam", "crossbeam"),
            ("condva", "condvar"),
            ("rayonfifo", "rayon-fifo"),
            ("mspc", "mpsc"),
        ] {
            let message = named(&[typed]).unwrap_err();
            assert!(message.contains(&format!("`{typed}`; did you mean `{meant}`?")), "{message}");
        }
    }
}

//! Calls on non-blocking sockets.

use std::io::{self, ErrorKind};

/// Makes a call on a non-blocking socket, and repeats it if a signal interrupts it. Returns `None`
/// if the call would block.
///
/// # Errors
///
/// Returns any other error of the call.
pub(super) fn attempt<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<Option<T>> {
    loop {
        match call() {
            Ok(value) => return Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interrupted_call_is_repeated() {
        let mut results = [Err(ErrorKind::Interrupted.into()), Ok(7)].into_iter();
        assert_eq!(attempt(|| results.next().unwrap()).unwrap(), Some(7));
    }

    #[test]
    fn blocking_is_not_an_error() {
        assert_eq!(attempt::<()>(|| Err(ErrorKind::WouldBlock.into())).unwrap(), None);
        assert!(attempt::<()>(|| Err(ErrorKind::BrokenPipe.into())).is_err());
    }
}

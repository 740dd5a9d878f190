//! nginx, configured to serve one page.

use super::PAGE;
use std::fs;
use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, process};

/// The directory of one nginx, with its configuration and its page. It is removed when dropped.
#[derive(Debug)]
pub struct Home(PathBuf);

/// Returns whether nginx is installed.
pub fn is_installed() -> bool {
    !matches!(command().arg("-v").output(), Err(error) if error.kind() == ErrorKind::NotFound)
}

/// Returns its version from `nginx version: nginx/1.26.3`.
pub fn version() -> Option<String> {
    let output = command().arg("-v").stderr(Stdio::piped()).output().ok()?;
    Some(
        String::from_utf8_lossy(&output.stderr)
            .split_once('/')?
            .1
            .split_whitespace()
            .next()?
            .to_owned(),
    )
}

/// Returns the command, also if the directory of servers is not on the PATH, as is usual for users.
fn command() -> Command {
    let name = "nginx";
    let elsewhere = ["/usr/sbin/nginx", "/usr/local/sbin/nginx"];
    let on_path = env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|dir| dir.join(name).is_file()));
    let found = elsewhere.into_iter().find(|path| !on_path && Path::new(path).is_file());
    let mut command = Command::new(found.unwrap_or(name));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Starts nginx in a new directory.
///
/// # Errors
///
/// Fails if the directory cannot be written or nginx cannot be started.
pub fn start(address: SocketAddr, workers: usize) -> Result<(Child, Home)> {
    static HOMES: AtomicUsize = AtomicUsize::new(0);
    let number = HOMES.fetch_add(1, Ordering::Relaxed);
    let home = Home(env::temp_dir().join(format!("compare-nginx-{}-{number}", process::id())));
    fs::create_dir(&home.0)?;
    fs::write(home.0.join("hello.html"), PAGE)?;
    fs::write(home.0.join("nginx.conf"), configuration(&home.0, address, workers))?;
    let child = home.command().spawn()?;
    Ok((child, home))
}

impl Home {
    fn command(&self) -> Command {
        let mut command = command();
        // Before it has read its configuration, it would log to a file that only root may write.
        command.arg("-p").arg(&self.0).args(["-c", "nginx.conf", "-e", "stderr"]);
        command
    }

    /// Makes the master process end its workers and itself. If it were killed, its workers would
    /// live on.
    pub fn stop(&self) {
        // If it fails, the master has ended already, or is killed afterwards.
        let _ = self.command().args(["-s", "stop"]).status();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A directory that is left behind does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a configuration for speed, as its documentation tunes a static page.
///
/// A worker a core, each with a listening socket of its own (`reuseport`) that reports a connection
/// once it has a request (`deferred`, as ours does); the open file cached and sent by `sendfile`; no
/// log, as the other servers have none. Connections stay open as long as those of the others. Its
/// header fields are those of the peers: no `ETag`, `Last-Modified` or `Accept-Ranges`.
fn configuration(home: &Path, address: SocketAddr, workers: usize) -> String {
    let home = home.display();
    // Only Linux has it.
    let deferred = if cfg!(target_os = "linux") { " deferred" } else { "" };
    format!(
        r#"daemon off;
worker_processes {workers};
worker_rlimit_nofile 20000;
pid "{home}/nginx.pid";
error_log stderr crit;
events {{ worker_connections 10240; }}
http {{
    types {{ text/html html; }}
    charset utf-8;
    etag off;
    max_ranges 0;
    add_header Last-Modified "";
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=16;
    keepalive_requests 1000000000;
    keepalive_timeout 60s;
    client_body_temp_path "{home}/body";
    proxy_temp_path "{home}/proxy";
    fastcgi_temp_path "{home}/fastcgi";
    uwsgi_temp_path "{home}/uwsgi";
    scgi_temp_path "{home}/scgi";
    server {{
        listen {address} backlog=1024 reuseport{deferred};
        root "{home}";
        index hello.html;
    }}
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nginx_listens_as_its_documentation_tunes_it() {
        let text = configuration(Path::new("/home"), ([127, 0, 0, 1], 80).into(), 2);
        assert!(text.contains("worker_processes 2;") && text.contains("access_log off;"), "{text}");
        assert!(text.contains("listen 127.0.0.1:80 backlog=1024 reuseport"), "{text}");
        assert_eq!(text.contains(" deferred;"), cfg!(target_os = "linux"));
    }
}

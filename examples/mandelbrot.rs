//! Draws the Mandelbrot set in the terminal, with a job for each row. Rows near the set take much
//! longer than the others, but workers that share a queue finish at the same time; workers with a
//! fixed share of the rows would not.
//!
//! `cargo run --release --example mandelbrot` (set `NO_COLOR` for a picture in letters)

#![forbid(unsafe_code)]

use hello::ThreadPool;
use std::env;
use std::time::{Duration, Instant};

const COLUMNS: usize = 96;
const ROWS: usize = 56;
/// How many steps a point is followed. One that is still inside then belongs to the set.
const MAX_STEPS: u32 = 50_000;

fn main() -> Result<(), hello::PoolCreationError> {
    let (picture, alone) = draw(&ThreadPool::build(1)?);
    let pool = ThreadPool::default();
    let (_, together) = draw(&pool);

    print!(
        "{}",
        if env::var_os("NO_COLOR").is_some() { letters(&picture) } else { colours(&picture) }
    );
    let workers = pool.stats().workers;
    println!("one worker: {alone:.0?}, {workers} workers: {together:.0?}");
    Ok(())
}

/// Computes the picture, and returns it with the time that took.
fn draw(pool: &ThreadPool) -> (Vec<Vec<u32>>, Duration) {
    let start = Instant::now();
    let rows: Vec<_> = (0..ROWS)
        .map(|row| pool.spawn(move || (0..COLUMNS).map(|column| steps(column, row)).collect()))
        .collect();
    let picture =
        rows.into_iter().map(|row| row.join().expect("drawing a row does not panic")).collect();
    (picture, start.elapsed())
}

/// Returns how many steps the point takes to leave the circle of radius two.
fn steps(column: usize, row: usize) -> u32 {
    let (real, imaginary) =
        (column as f64 / COLUMNS as f64 * 3.1 - 2.25, row as f64 / ROWS as f64 * 2.4 - 1.2);
    let (mut x, mut y) = (0.0, 0.0);
    for step in 0..MAX_STEPS {
        if x * x + y * y > 4.0 {
            return step;
        }
        (x, y) = (x * x - y * y + real, 2.0 * x * y + imaginary);
    }
    MAX_STEPS
}

/// Formats two rows as one line: the upper row as the colour of half blocks, the lower row as their
/// background.
fn colours(picture: &[Vec<u32>]) -> String {
    let mut text = String::new();
    for rows in picture.chunks_exact(2) {
        for (upper, lower) in rows[0].iter().zip(&rows[1]) {
            text += &format!("\x1b[38;5;{}m\x1b[48;5;{}m▀", colour(*upper), colour(*lower));
        }
        text += "\x1b[0m\n";
    }
    text
}

/// Returns a colour of the 256-colour cube, from blue to yellow, or black for a point of the set.
fn colour(steps: u32) -> u32 {
    const GRADIENT: [u32; 12] = [17, 18, 19, 20, 56, 92, 128, 164, 200, 206, 215, 228];
    if steps == MAX_STEPS { 16 } else { GRADIENT[(steps as usize / 2).min(GRADIENT.len() - 1)] }
}

/// Formats every second row as a line of letters.
fn letters(picture: &[Vec<u32>]) -> String {
    const SHADES: &[u8] = b" ..::--==++**##%";
    let shade = |steps: &u32| {
        if *steps == MAX_STEPS {
            '@'
        } else {
            char::from(SHADES[(*steps as usize).min(SHADES.len() - 1)])
        }
    };
    picture.iter().step_by(2).map(|row| row.iter().map(shade).collect::<String>() + "\n").collect()
}

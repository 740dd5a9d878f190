//! The Pareto front: what no other point is lower than in both of two quantities.

/// Returns the indices of the points of the front, from the lowest first quantity to the highest.
///
/// A point is not on the front if another is at most as high in both quantities and lower in one.
/// Points that are not finite are on no front.
pub fn front(points: &[(f64, f64)]) -> Vec<usize> {
    let is_finite = |index: &usize| points[*index].0.is_finite() && points[*index].1.is_finite();
    let mut front: Vec<usize> = (0..points.len())
        .filter(is_finite)
        .filter(|index| !points.iter().any(|other| dominates(*other, points[*index])))
        .collect();
    front.sort_by(|a, b| points[*a].0.total_cmp(&points[*b].0));
    front
}

/// Returns whether a point is at most as high as another in both quantities and lower in one.
pub fn dominates(point: (f64, f64), other: (f64, f64)) -> bool {
    point.0 <= other.0 && point.1 <= other.1 && point != other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_has_only_points_that_none_dominates() {
        let points = [(3.0, 1.0), (2.0, 2.0), (3.0, 3.0), (1.0, 4.0), (2.0, 5.0)];
        assert_eq!(front(&points), [3, 1, 0]);
        assert!(front(&[]).is_empty());
    }

    #[test]
    fn equal_points_do_not_dominate_each_other() {
        assert_eq!(front(&[(1.0, 1.0), (1.0, 1.0), (1.0, 2.0)]), [0, 1]);
    }

    #[test]
    fn points_without_a_number_are_on_no_front() {
        assert_eq!(front(&[(f64::NAN, 1.0), (2.0, f64::INFINITY), (2.0, 3.0)]), [2]);
    }
}

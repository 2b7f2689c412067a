//! Rotation: what the clauses about who may be asked are together.

use crate::check::meaning::Report;
use crate::schema::{Node, Policy, Reads};

/// The rotation in a box, if anybody may ever be out of it.
pub(crate) fn plan(policy: &Policy) -> Option<Box<models::Rotation>> {
    let rotation = models::Rotation {
        subset: policy.subset.map(|subset| subset.plan()),
        prefer_zone: policy.prefer_zone.map(|zone| zone.plan()),
        ejection: policy.outlier_ejection.map(|ejection| ejection.plan()),
        health_check: policy.health_check.map(|check| check.plan()),
        slow_start: policy.slow_start.map(|slow| slow.plan()),
        panic_below: policy.panic.map_or(0.0, |panic| panic.below.0),
    };
    (rotation != models::Rotation::default()).then(|| Box::new(rotation))
}

/// Reports what makes no sense together, or for this target.
pub(crate) fn check(path: &str, policy: &Policy, target: &Node, report: &mut Report<'_>) {
    let keeps_out = policy.outlier_ejection.is_some() || policy.health_check.is_some();
    for (name, is_written) in [
        ("slow_start", policy.slow_start.is_some()),
        ("panic", policy.panic.is_some()),
    ] {
        if is_written && !keeps_out {
            let message =
                format!("`{name}` is about instances that are out of rotation, and nobody ever is");
            let expected = "`outlier_ejection` or `health_check` beside it";
            report.wrong(&format!("{path}.{name}"), message, expected);
        }
    }
    let Some(clause) = first(policy) else { return };
    let (call, path) = (path, format!("{path}.{clause}"));
    let instances = crate::build::instances(target);
    if instances == 1 {
        let expected = "a node of two or more instances";
        report.wrong(&path, "there is nobody else to ask", expected);
    }
    if let Node::Database(database) = target
        && let Some(replicas) = &database.replicas
        && !matches!(replicas.reads, Reads::Any | Reads::WaitForVersion(_))
    {
        let expected = "`reads: any` or `wait_for_version` at the database";
        report.wrong(
            &path,
            "these reads do not go where the caller wants",
            expected,
        );
    }
    if policy.prefer_zone.is_some() && crate::build::zones(target).is_empty() {
        let expected = "`zones` at the node that is asked, and at who asks";
        report.wrong(
            &format!("{call}.prefer_zone"),
            "there are no zones",
            expected,
        );
    }
    if let Some(subset) = policy.subset
        && instances < subset.size
    {
        let message = format!(
            "`size` is {}, and there are {instances} instances",
            subset.size
        );
        let expected = format!("a whole number from 1 to {instances}");
        report.wrong(&format!("{path}.size"), message, &expected);
    }
}

/// The first clause that is written.
pub(crate) fn first(policy: &Policy) -> Option<&'static str> {
    let written = [
        ("subset", policy.subset.is_some()),
        ("prefer_zone", policy.prefer_zone.is_some()),
        ("outlier_ejection", policy.outlier_ejection.is_some()),
        ("health_check", policy.health_check.is_some()),
    ];
    written
        .into_iter()
        .find(|(_, is)| *is)
        .map(|(name, _)| name)
}

//! A rate limit: how many requests a service lets in, whose requests share a quota, and who counts.

use super::Clause;
use crate::check::meaning::Report;
use crate::schema::{Node, Policy};
use crate::units::{Duration, Rate};
use models::SiteId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rate limiter, asked when a request arrives at the service, before any queue.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// How many requests are let in.
    pub limit: Limit,
    /// Whose requests share a quota.
    #[serde(default)]
    pub quota_of: QuotaOf,
    /// Quotas of tenants who have another one than `limit`, by tenant; with `quota_of: tenant`.
    #[serde(default)]
    pub tenants: BTreeMap<String, Limit>,
    /// Who counts, where the service has several instances.
    #[serde(default)]
    pub counts: Counts,
    /// What those are told that are not let in.
    #[serde(default)]
    pub answer: LimitAnswer,
}

/// How many requests are let in.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// So many in each window of the clock; twice as many may pass around a boundary.
    FixedWindow(Requests),
    /// So many in any stretch of this length, by remembering when each was let in.
    SlidingLog(Requests),
    /// So many in any stretch of this length, estimated from the counts of two windows (Cloudflare, 2017).
    SlidingCounter(Requests),
    /// A rate, and a burst above it (GCRA).
    TokenBucket(TokenBucket),
    /// A queue with a constant rate out of it: what it lets in, it delays.
    LeakyBucket(LeakyBucket),
}

/// So many requests in so much time.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// How many requests.
    pub requests: u32,
    /// In how much time.
    pub per: Duration,
}

/// A token bucket, full at first.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBucket {
    /// Tokens that it gains; a request takes one.
    pub rate: Rate,
    /// The most tokens that it holds.
    pub burst: u32,
}

/// A leaky bucket, as a queue.
#[derive(Clone, Copy, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeakyBucket {
    /// Requests that leave it.
    pub rate: Rate,
    /// How many may wait in it; further ones are refused.
    pub queue: u32,
}

/// Whose requests share a quota.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuotaOf {
    /// All that the service is asked.
    #[default]
    Service,
    /// Those of one tenant.
    Tenant,
    /// Those for one key.
    Key,
}

/// Who counts.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Counts {
    /// Each instance for itself, with its share of the limit.
    #[default]
    Local,
    /// A store, with which each request is checked.
    Shared(Box<Shared>),
    /// Each instance for itself, with the whole limit and what the others had let in when it last asked
    /// a store.
    Synchronised(Box<Synchronised>),
}

/// A store with which each request is checked.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// How to ask it.
    pub store: StoreCall,
    /// Whether reading and counting are one step.
    #[serde(default)]
    pub check: Check,
    /// What becomes of requests when the store does not answer.
    #[serde(default)]
    pub fail: Fail,
}

/// A store that is asked now and then, in the background.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Synchronised {
    /// How to ask it.
    pub store: StoreCall,
    /// How often each instance tells it what it has let in, and learns what all have.
    pub every: Duration,
}

/// A question to the store of a limiter, which is a service of the scenario.
#[derive(Clone, PartialEq, Debug, Deserialize, Serialize, JsonSchema)]
#[schemars(extend("additionalProperties" = false))]
pub struct StoreCall {
    /// The node to ask: a service.
    pub to: String,
    /// How to ask; its fields are fields of the question.
    #[serde(flatten)]
    pub policy: Policy,
}

/// Whether reading and counting are one step.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The store reads, decides and counts at once.
    #[default]
    Atomic,
    /// The instance reads, decides, and tells the store the new count: another may have read in between.
    GetThenSet,
}

/// What becomes of requests when the store does not answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fail {
    /// They are let in.
    #[default]
    Open,
    /// They are refused.
    Closed,
}

/// What those are told that are not let in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimitAnswer {
    /// That they ask too often (HTTP 429).
    #[default]
    Throttled,
    /// That the service cannot take them now (HTTP 503).
    Shed,
}

impl RateLimit {
    /// How the store is asked, if there is one.
    pub(crate) fn store(&self) -> Option<(String, &StoreCall)> {
        match &self.counts {
            Counts::Local => None,
            Counts::Shared(shared) => Some(("counts.shared.store".to_owned(), &shared.store)),
            Counts::Synchronised(at_times) => {
                Some(("counts.synchronised.store".to_owned(), &at_times.store))
            }
        }
    }

    /// The limiter of a service of so many instances; `store` is the call to its store, and `tenant` gives
    /// a tenant's number.
    pub(crate) fn plan(
        &self,
        instances: u32,
        mut store: impl FnMut() -> SiteId,
        tenant: impl Fn(&str) -> u32,
    ) -> models::RateLimit {
        let share = |limit: &Limit| match self.counts {
            Counts::Local => limit.plan().divided(instances),
            Counts::Shared(_) | Counts::Synchronised(_) => limit.plan(),
        };
        let tenants = self.tenants.iter();
        models::RateLimit {
            limit: share(&self.limit),
            quota_of: match self.quota_of {
                QuotaOf::Service => models::QuotaOf::Service,
                QuotaOf::Tenant => models::QuotaOf::Tenant,
                QuotaOf::Key => models::QuotaOf::Key,
            },
            tenants: tenants
                .map(|(name, limit)| (tenant(name), share(limit)))
                .collect(),
            counts: match &self.counts {
                Counts::Local => models::Counts::Local,
                Counts::Shared(shared) => models::Counts::Shared {
                    store: store(),
                    is_atomic: shared.check == Check::Atomic,
                    fails_open: shared.fail == Fail::Open,
                },
                Counts::Synchronised(at_times) => models::Counts::Synchronised {
                    store: store(),
                    every: at_times.every.0,
                },
            },
            answer: match self.answer {
                LimitAnswer::Throttled => models::Failure::Throttled,
                LimitAnswer::Shed => models::Failure::Shed,
            },
        }
    }
}

impl Limit {
    fn plan(&self) -> models::Limit {
        match *self {
            Limit::FixedWindow(Requests { requests, per }) => {
                models::Limit::FixedWindow(models::FixedWindow {
                    requests,
                    per: per.0,
                })
            }
            Limit::SlidingLog(Requests { requests, per }) => {
                models::Limit::SlidingLog(models::SlidingLog {
                    requests,
                    per: per.0,
                })
            }
            Limit::SlidingCounter(Requests { requests, per }) => {
                models::Limit::SlidingCounter(models::SlidingCounter {
                    requests,
                    per: per.0,
                })
            }
            Limit::TokenBucket(TokenBucket { rate, burst }) => {
                models::Limit::TokenBucket(models::TokenBucket {
                    rate: rate.0,
                    burst,
                })
            }
            Limit::LeakyBucket(LeakyBucket { rate, queue }) => {
                models::Limit::LeakyBucket(models::LeakyBucket {
                    rate: rate.0,
                    queue,
                })
            }
        }
    }

    fn check(&self, path: &str, report: &mut Report<'_>) {
        let (name, requests) = match self {
            Limit::FixedWindow(requests) => ("fixed_window", requests),
            Limit::SlidingLog(requests) => ("sliding_log", requests),
            Limit::SlidingCounter(requests) => ("sliding_counter", requests),
            Limit::TokenBucket(bucket) => {
                report.rate(&format!("{path}.token_bucket.rate"), bucket.rate, false);
                let burst = format!("{path}.token_bucket.burst");
                return report.count(&burst, bucket.burst, MOST);
            }
            Limit::LeakyBucket(bucket) => {
                return report.rate(&format!("{path}.leaky_bucket.rate"), bucket.rate, false);
            }
        };
        report.count(&format!("{path}.{name}.requests"), requests.requests, MOST);
        report.some_time(&format!("{path}.{name}.per"), requests.per);
    }

    fn describe(&self) -> String {
        let in_time = |r: &Requests| format!("{} per {}", r.requests, r.per);
        match self {
            Limit::FixedWindow(requests) => format!("{}, fixed window", in_time(requests)),
            Limit::SlidingLog(requests) => format!("{}, sliding log", in_time(requests)),
            Limit::SlidingCounter(requests) => format!("{}, sliding counter", in_time(requests)),
            Limit::TokenBucket(bucket) => format!("{}, burst {}", bucket.rate, bucket.burst),
            Limit::LeakyBucket(bucket) => format!("{}, queue {}", bucket.rate, bucket.queue),
        }
    }
}

/// The most requests of a limit.
const MOST: u32 = 100_000_000;

impl Clause for RateLimit {
    fn check(&self, path: &str, report: &mut Report<'_>) {
        self.limit.check(&format!("{path}.limit"), report);
        for (tenant, limit) in &self.tenants {
            let path = format!("{path}.tenants.{tenant}");
            limit.check(&path, report);
            report.tenant(&path, tenant);
        }
        if !self.tenants.is_empty() && self.quota_of != QuotaOf::Tenant {
            let message = "tenants have no quotas of their own here";
            report.wrong(
                &format!("{path}.tenants"),
                message,
                "`quota_of: tenant` beside it",
            );
        }
        if let Counts::Synchronised(at_times) = &self.counts {
            report.some_time(&format!("{path}.counts.synchronised.every"), at_times.every);
        }
        if let Some((at, store)) = self.store() {
            let path = format!("{path}.{at}");
            let target = report.asked(&path, &store.to, &store.policy);
            if target.is_some_and(|node| !matches!(node, Node::Service(_))) {
                let message = format!("`{}` is no service", store.to);
                let expected = "a service that takes the time of a store, such as `{ workers: 1, \
                                steps: [ { work: 100us } ] }`";
                report.wrong(&format!("{path}.to"), message, expected);
            }
        }
    }

    fn describe(&self) -> String {
        format!("limit {}", self.limit.describe())
    }
}

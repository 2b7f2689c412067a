//! Choosing: which instance of its target a call asks.

use crate::call::Calling;
use crate::policy::{Choices, PolicyState};
use crate::question::Context;
use crate::system::System;
use crate::{CallPolicy, NO_SESSION, NodeKind, Reads};

impl System<'_> {
    /// The instance that an attempt or a copy of it asks, another than `avoid` where there is one.
    pub(crate) fn choose(
        &self,
        calling: &Calling<'_>,
        policy: &CallPolicy,
        context: &Context,
        copy: u32,
        avoid: Option<u32>,
        state: &PolicyState,
    ) -> u32 {
        let target = self.plan.sites[usize::from(calling.site.0)].to;
        let count = self.plan.nodes[target.index()].instances;
        let pick = |first, count| {
            let choices = Choices::range(first, count, avoid);
            state.balance.pick(policy.balance, &choices, context.dice)
        };
        if policy.fan_out.is_some_and(|fan| fan.to_each) {
            return u32::from(calling.copy.unwrap_or(0));
        }
        if count == 1 {
            return 0;
        }
        if let NodeKind::Database(_) = self.plan.nodes[target.index()].kind {
            if context.is_write || copy == 2 {
                return 0;
            }
            return match self.parameters(target).as_database().reads {
                Reads::Primary => 0,
                Reads::Any => pick(0, count),
                Reads::Nearest => self.nearest(calling.here, target, avoid),
                Reads::Sticky if context.session == NO_SESSION => pick(0, count),
                Reads::Sticky => {
                    let home = context.session % count;
                    if avoid == Some(home) {
                        (home + 1) % count
                    } else {
                        home
                    }
                }
                Reads::WaitForVersion(_) => pick(1, count - 1),
            };
        }
        pick(0, count)
    }
}

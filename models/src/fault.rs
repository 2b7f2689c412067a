//! Faults: what goes wrong on the timeline, and how it ends.

pub(crate) mod gray;
pub(crate) mod random;

use crate::network::Parcel;
use crate::plan::{FaultKind, NodeParameters};
use crate::question::Failure;
use crate::serving::Health;
use crate::system::System;
use crate::{Command, Count, NodeKind};
use sim_core::{Launch, PlaceId, Span, World};

impl System<'_> {
    /// A fault begins.
    pub(crate) fn begin_fault(&self, number: u32) -> Option<Launch> {
        self.note_fault(number, true);
        match self.faults[number as usize].kind {
            FaultKind::Slow { places, factor } => {
                for &place in places {
                    self.set_slowness(place, Some(number), Some(*factor));
                }
            }
            FaultKind::Crash { places, machine } => {
                for &place in places {
                    self.crash(place, *machine);
                }
            }
            FaultKind::Pause { places } => places.iter().for_each(|&place| self.sim.pause(place)),
            FaultKind::Cut { classes, held } => self.network.cut(classes, *held),
            FaultKind::Loss { classes, share } => self.network.begin_loss(number, classes, *share),
            FaultKind::Gray(gray) => {
                for &place in &gray.places {
                    let state = &self.instances[place.0 as usize];
                    state.sick.borrow_mut().push(number);
                }
            }
            FaultKind::Flush { places } => {
                for &place in places {
                    self.cache(self.node_of(place))
                        .flush(self.instance_of(place));
                }
            }
            FaultKind::Expire {
                cache,
                hottest,
                expiry,
            } => {
                self.cache(*cache).expire(*hottest, *expiry);
            }
            FaultKind::Load => {}
            FaultKind::Set { begin, .. } => self.change_parameters(*begin),
        }
        None
    }

    /// A fault ends.
    pub(crate) fn end_fault(&self, number: u32) -> Option<Launch> {
        self.note_fault(number, false);
        match self.faults[number as usize].kind {
            FaultKind::Slow { places, .. } => {
                for &place in places {
                    self.set_slowness(place, Some(number), None);
                }
            }
            FaultKind::Crash { places, .. } => {
                for &place in places {
                    self.restart(place);
                }
                self.resume_streams();
            }
            FaultKind::Pause { places } => places.iter().for_each(|&place| self.sim.resume(place)),
            FaultKind::Cut { classes, held } => {
                for parcel in self.network.heal(classes, *held) {
                    self.deliver_now(parcel);
                }
                self.resume_streams();
            }
            FaultKind::Loss { classes, .. } => self.network.end_loss(number, classes),
            FaultKind::Gray(gray) => {
                for &place in &gray.places {
                    let state = &self.instances[place.0 as usize];
                    state.sick.borrow_mut().retain(|&fault| fault != number);
                }
            }
            FaultKind::Set { end, .. } => self.change_parameters(*end),
            FaultKind::Flush { .. } | FaultKind::Expire { .. } | FaultKind::Load => {}
        }
        None
    }

    /// Adds or takes away what makes a place slow. The factors are multiplied in order, so that
    /// the end of one leaves the speed exactly as it was.
    pub(crate) fn set_slowness(&self, place: PlaceId, fault: Option<u32>, factor: Option<f64>) {
        let mut slowness = self.instances[place.0 as usize].slowness.borrow_mut();
        match factor {
            Some(factor) => slowness.push((fault, factor)),
            None => slowness.retain(|&(of, _)| of != fault),
        }
        drop(slowness);
        self.set_speed(place);
    }

    /// Says how many times as long work takes at a place as its memory fills.
    pub(crate) fn set_pressure(&self, place: PlaceId, factor: f64) {
        self.instances[place.0 as usize].pressure.set(factor);
        self.set_speed(place);
    }

    fn set_speed(&self, place: PlaceId) {
        let state = &self.instances[place.0 as usize];
        let slowness = state.slowness.borrow();
        let factor: f64 = slowness.iter().map(|&(_, factor)| factor).product();
        self.sim
            .set_speed(place, 1.0 / (factor * state.pressure.get()));
    }

    /// The process or the machine at a place dies.
    pub(crate) fn crash(&self, place: PlaceId, machine: bool) {
        let state = &self.instances[place.0 as usize];
        self.count(place, Count::Crashes);
        state.crashes.set(state.crashes.get() + 1);
        state
            .health
            .set(if machine || state.health.get() == Health::MachineDown {
                Health::MachineDown
            } else {
                Health::ProcessDown
            });
        for command in state.permits.clear(&self.sim) {
            if let Command::Begin(promise) = command {
                self.drop_waiting(promise, Failure::Reset);
            }
        }
        self.sim.clear_place(place, |command| self.discard(command));
        let node = self.node_of(place);
        match self.plan.nodes[node.index()].kind {
            NodeKind::Database(_) => self.crash_database(place),
            NodeKind::Cache { .. } => {
                let cache = self.cache(node);
                let first = self.plan.nodes[node.index()].first_place.0 as usize;
                let count = self.plan.nodes[node.index()].instances as usize;
                let is_down = |s: &crate::serving::InstanceState| s.health.get() != Health::Up;
                let all_down = self.instances[first..first + count].iter().all(is_down);
                if all_down || !cache.is_shared() {
                    cache.flush(self.instance_of(place));
                }
            }
            NodeKind::Service => self.limiter(node).forget(self.instance_of(place)),
            NodeKind::Clients(_) => {}
        }
    }

    /// Who died at a place is back, unless it has died again since.
    pub(crate) fn restart(&self, place: PlaceId) {
        let state = &self.instances[place.0 as usize];
        state.crashes.set(state.crashes.get() - 1);
        if state.crashes.get() == 0 {
            state.health.set(Health::Up);
            self.begin_checks_of(place, self.node_of(place));
            state.restarted.set(Some(self.sim.now()));
        }
    }

    fn deliver_now(&self, parcel: Parcel) {
        match parcel {
            Parcel::Question(command) => self.sim.start_after(Span::ZERO, command),
            Parcel::Reply(promise, outcome) => self.sim.answer_after(Span::ZERO, promise, outcome),
            Parcel::Cancel(promise) => self.sim.start_after(Span::ZERO, Command::Cancel(promise)),
            Parcel::CallOffTied(promise) => self
                .sim
                .start_after(Span::ZERO, Command::CallOffTied(promise)),
        }
    }

    /// From now on decisions are made by other parameters; what is held is kept until given back.
    fn change_parameters(&self, epoch: usize) {
        let before = self.epoch_number();
        self.turn_to_epoch(epoch);
        self.change_policies();
        self.change_synchronising(before);
        self.begin_checks();
        for (place, plan) in self.plan.places.iter().enumerate() {
            let parameters = self.parameters(plan.node);
            self.instances[place].change(&self.sim, parameters);
            if let NodeParameters::Cache(cache) = parameters {
                self.cache(plan.node).resize(cache);
            }
        }
    }
}

//! Caches: they keep answers of another node for a while, and ask it for what they miss.

use crate::breakdown::Spent;
use crate::call::{Asker, Calling};
use crate::plan::{Cache, CachePattern, CacheStart, SingleFlight};
use crate::question::{Cause, Context, Failure, NO_SOURCE, Outcome, Question, Value};
use crate::store::{Capacity, Entry, Store};
use crate::system::{System, pool};
use crate::{Command, Count};
use sim_core::{Dice, Launch, PlaceId, Promise, Purpose, Span, Time, Wait};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// The state of a cache.
pub(crate) struct CacheState {
    stores: Vec<RefCell<Store>>,
    /// Fills and refreshes under way that others may join, with those who wait for each.
    flights: RefCell<BTreeMap<FlightKey, Flight>>,
    /// Which database the values come from.
    source: Cell<u16>,
    /// How many refreshes each key has had, which names their dice.
    refreshes: RefCell<BTreeMap<u32, u32>>,
}

/// The key and the instance of a flight; the fleet flies as one instance.
type FlightKey = (u32, u32);

/// The instance under which the whole fleet flies.
const FLEET: u32 = u32::MAX;

/// A fill under way that others may join.
struct Flight {
    /// The promise that the fill keeps.
    fill: Promise,
    /// The promises of those who have joined.
    seats: Vec<Promise>,
}

impl Flight {
    fn of(fill: Promise) -> Flight {
        Flight {
            fill,
            seats: Vec::new(),
        }
    }
}

impl CacheState {
    pub(crate) fn new(
        cache: &Cache,
        stores: u32,
        keys: u32,
        start: CacheStart,
        dice: impl Fn(u32, u32) -> Dice,
    ) -> CacheState {
        let store = || RefCell::new(Store::new(keys, cache.capacity, cache.evict));
        let state = CacheState {
            stores: (0..stores).map(|_| store()).collect(),
            flights: RefCell::default(),
            source: Cell::new(NO_SOURCE),
            refreshes: RefCell::default(),
        };
        if start != CacheStart::Cold {
            for (number, store) in (0..).zip(&state.stores) {
                let dice = |key| dice(number, key);
                fill_at_start(&mut store.borrow_mut(), cache, start, dice);
            }
        }
        state
    }

    fn store(&self, instance: u32) -> &RefCell<Store> {
        &self.stores[instance as usize % self.stores.len()]
    }

    /// Forgets what an instance keeps; with one store for all, everything.
    pub(crate) fn flush(&self, instance: u32) {
        self.store(instance).borrow_mut().clear();
    }

    /// Whether the instances share what they keep.
    pub(crate) fn is_shared(&self) -> bool {
        self.stores.len() == 1
    }

    /// Lets the most popular keys, as many of them as there are, expire at a time.
    pub(crate) fn expire(&self, hottest: u32, expiry: Time) {
        for store in &self.stores {
            let mut store = store.borrow_mut();
            for key in 0..hottest.min(store.keys()) {
                store.set_expiry(key, expiry);
            }
        }
    }

    pub(crate) fn resize(&self, cache: &Cache) {
        for store in &self.stores {
            store.borrow_mut().resize(cache.capacity);
        }
    }
}

/// Fills a store with the most popular keys. The least popular come first, so that they are the
/// first to go.
fn fill_at_start(store: &mut Store, cache: &Cache, start: CacheStart, dice: impl Fn(u32) -> Dice) {
    let room = match cache.capacity {
        Capacity::Entries(entries) => entries,
        Capacity::Bytes(bytes) => {
            u32::try_from(bytes / u64::from(cache.value_bytes.max(1))).unwrap_or(u32::MAX)
        }
    };
    let loaded = cache.keys.min(room);
    for key in (0..loaded).rev() {
        let lifetime = lifetime(cache, dice(key));
        let age = match start {
            CacheStart::Warm if lifetime != Span::FOREVER => {
                Span::nanos(lifetime.0 as f64 * f64::from(key) / f64::from(loaded))
            }
            _ => Span::ZERO,
        };
        let entry = Entry {
            version: 0,
            bytes: cache.value_bytes,
            expires: Time::ZERO + (lifetime - age),
            fill_took: cache.idle_fill,
        };
        store.put(key, entry);
    }
}

/// How long an entry is fresh.
fn lifetime(cache: &Cache, dice: Dice) -> Span {
    if cache.ttl == Span::FOREVER || cache.ttl_jitter == 0.0 {
        return cache.ttl;
    }
    let spread = cache.ttl_jitter * (2.0 * dice.uniform(Purpose::Ttl, 0) - 1.0);
    Span::nanos(cache.ttl.0 as f64 * (1.0 + spread))
}

impl System<'_> {
    /// Answers from the store, or else with what the origin says.
    pub(crate) async fn serve_at_cache(&self, promise: Promise) {
        let serving = self.begin_serving(promise);
        let (place, key) = (serving.place(), serving.context().key);
        let dice = serving.work_dice();
        let node = self.node_of(place);
        let cache = self.parameters(node).as_cache();
        let state = self.cache(node);
        if serving.context().is_write {
            let outcome = self.ask_origin(place, promise).await;
            if let Outcome::Answered(_) = outcome {
                for store in &state.stores {
                    store.borrow_mut().remove(key);
                }
                serving.leaves_something();
            }
            serving.answer(outcome);
            return;
        }
        let entry = state.store(self.instance_of(place)).borrow().get(key);
        let outcome = match entry {
            Some(entry) if self.sim.now() < entry.expires => {
                self.count(place, Count::Hits);
                state.store(self.instance_of(place)).borrow_mut().touch(key);
                if self.is_due_for_refresh(cache, &entry, dice.attempt) {
                    self.refresh(cache, place, &serving.context(), false);
                }
                Some(entry)
            }
            Some(entry) if self.sim.now() < entry.expires + cache.stale_while_revalidate => {
                self.count(place, Count::StaleServed);
                self.refresh(cache, place, &serving.context(), true);
                Some(entry)
            }
            _ => None,
        };
        let outcome = match outcome {
            Some(entry) => {
                let hit = dice.span_of(&cache.hit, 0);
                if hit != Span::ZERO {
                    self.sim.work(place, hit).await;
                }
                Outcome::Answered(self.value_of(state, &entry))
            }
            None => {
                self.count(place, Count::Misses);
                self.fly(cache, place, promise).await
            }
        };
        serving.answer(outcome);
    }

    fn value_of(&self, state: &CacheState, entry: &Entry) -> Value {
        Value {
            version: entry.version,
            position: 0,
            source: state.source.get(),
            is_degraded: false,
        }
    }

    async fn ask_origin(&self, place: PlaceId, promise: Promise) -> Outcome {
        let calling = Calling {
            site: self.parameters(self.node_of(place)).as_cache().fill,
            here: place,
            asker: Asker::Question(promise),
            copy: None,
            is_leg: false,
            limit: self.context_of(Asker::Question(promise)).deadline,
        };
        self.call(&calling).await
    }

    /// Waits for a fill: one's own, or one that somebody else has begun.
    async fn fly(&self, cache: &Cache, place: PlaceId, promise: Promise) -> Outcome {
        let began = self.sim.now();
        let context = self.context_of(Asker::Question(promise));
        let state = self.cache(self.node_of(place));
        let flight = self.flight_of(cache, place, context.key);
        let question = self.fill_question(cache, context, place);
        let mut seat = self.sim.promise(question);
        let joined = flight.and_then(|flight| {
            let mut flights = state.flights.borrow_mut();
            flights
                .get_mut(&flight)
                .map(|flight| flight.seats.push(seat.promise()))
        });
        if joined.is_some() {
            self.count(place, Count::Joined);
            let outcome = seat.await;
            let waited = self.sim.now().since(began);
            self.sim.with_waits(|waits| waits.add(Wait::Flight, waited));
            return outcome;
        }
        let fill = seat.promise();
        if let Some(flight) = flight {
            state.flights.borrow_mut().insert(flight, Flight::of(fill));
        }
        self.count(place, Count::Fills);
        self.sim.spawn(
            Launch {
                pool: pool::FILL,
                place,
            },
            Command::Fill(fill),
        );
        // By reference: the record of the fill is read when it has landed.
        let outcome = (&mut seat).await;
        let waits = self.sim.with_record(fill, |fill| fill.waits);
        let mut waits = waits.unwrap_or_default();
        waits.add(Wait::Flight, self.sim.now().since(began) - waits.total());
        self.spend(&Spent {
            request: context.request,
            from: place,
            to: place,
            answered: Some(fill),
            waits,
        });
        outcome
    }

    /// Which flight a fill is or joins; nothing when fills are not shared.
    fn flight_of(&self, cache: &Cache, place: PlaceId, key: u32) -> Option<FlightKey> {
        match cache.single_flight {
            SingleFlight::Off => None,
            SingleFlight::PerInstance => Some((key, self.instance_of(place))),
            SingleFlight::Fleet => Some((key, FLEET)),
        }
    }

    /// The question that a fill answers: its value is stored, so its work is of use whoever
    /// waits, unless it is the requester who stores.
    fn fill_question(&self, cache: &Cache, context: Context, place: PlaceId) -> Question {
        let is_kept = cache.pattern == CachePattern::ReadThrough;
        let parent = if is_kept {
            Promise::NONE
        } else {
            context.parent
        };
        let context = Context {
            parent,
            deadline: Time::NEVER, // It serves whoever comes.
            leaves_something: is_kept,
            ..context
        };
        self.local_question(context, place)
    }

    fn is_due_for_refresh(&self, cache: &Cache, entry: &Entry, dice: Dice) -> bool {
        let Some(beta) = cache.early_refresh else {
            return false;
        };
        if entry.expires == Time::NEVER {
            return false;
        }
        let uniform = dice.uniform(Purpose::EarlyRefresh, 0);
        let lead = Span::nanos(-libm::log(uniform) * beta * entry.fill_took.0 as f64);
        entry.expires <= self.sim.now() + lead
    }

    /// Begins a refresh that nobody waits for. Where fills are shared, or where there is to be
    /// `only_one`, it does not repeat one that is under way.
    fn refresh(&self, cache: &Cache, place: PlaceId, context: &Context, only_one: bool) {
        let node = self.node_of(place);
        let state = self.cache(node);
        let alone = only_one.then(|| (context.key, self.instance_of(place)));
        let flight = self.flight_of(cache, place, context.key).or(alone);
        if flight.is_some_and(|flight| state.flights.borrow().contains_key(&flight)) {
            return;
        }
        self.count(place, Count::Refreshes);
        let ordinal = {
            let mut refreshes = state.refreshes.borrow_mut();
            let count = refreshes.entry(context.key).or_default();
            *count += 1;
            *count
        };
        let key_dice = Dice::visit(self.seed, self.run, self.hash(node), u64::from(context.key));
        let dice = key_dice.call(self.hash(node), ordinal);
        let context = Context {
            parent: Promise::NONE,
            dice,
            request_dice: dice,
            cause: Cause::Refresh,
            deadline: Time::NEVER,
            leaves_something: true,
            ..*context
        };
        let nobody = self.sim.promise(self.local_question(context, place));
        if let Some(flight) = flight {
            state
                .flights
                .borrow_mut()
                .insert(flight, Flight::of(nobody.promise()));
        }
        let launch = Launch {
            pool: pool::FILL,
            place,
        };
        self.sim.spawn(launch, Command::Fill(nobody.promise()));
    }

    /// Asks the origin and keeps the answer. A fill is a process of its own, so that whoever
    /// began it may leave.
    pub(crate) async fn fill(&self, promise: Promise) {
        let asked = self
            .sim
            .with_record(promise, |fill| (fill.to, fill.context.key));
        let Some((place, key)) = asked else { return };
        let landing = Landing {
            system: self,
            promise,
            place,
            key,
            outcome: Cell::new(None),
        };
        let began = self.sim.now();
        let outcome = self.ask_origin(place, promise).await;
        // A degraded answer is better than none, and not worth keeping.
        if let Outcome::Answered(value) = outcome
            && !value.is_degraded
        {
            self.keep(promise, value, self.sim.now().since(began));
        }
        let waits = self.sim.waits();
        self.sim.serve(promise, |fill| fill.waits = waits);
        landing.outcome.set(Some(outcome));
    }

    fn keep(&self, fill: Promise, value: Value, took: Span) {
        let Some(question) = self.sim.with_record(fill, |question| *question) else {
            return;
        };
        let (place, context) = (question.to, &question.context);
        let node = self.node_of(place);
        let cache = self.parameters(node).as_cache();
        let state = self.cache(node);
        let is_lost = cache.pattern == CachePattern::LookAside
            && context.cause != Cause::Refresh
            && !self.sim.is_awaited(context.parent);
        if is_lost {
            return;
        }
        state.source.set(value.source);
        let now = self.sim.now();
        let mut store = state.store(self.instance_of(place)).borrow_mut();
        let kept = store.get(context.key).filter(|entry| now < entry.expires);
        let evictions = store.evictions();
        match kept {
            Some(entry) if context.cause != Cause::Refresh => {
                self.count(place, Count::DuplicateFills);
                let version = entry.version.max(value.version);
                store.put(context.key, Entry { version, ..entry });
            }
            _ => {
                let entry = Entry {
                    version: value.version,
                    bytes: context.bytes,
                    expires: now + lifetime(cache, context.dice),
                    fill_took: took,
                };
                store.put(context.key, entry);
            }
        }
        let evicted = store.evictions() - evictions;
        self.count_many(place, Count::Evictions, evicted);
    }
}

/// The end of a fill, however it comes: all who wait for it hear.
struct Landing<'s> {
    system: &'s System<'s>,
    promise: Promise,
    place: PlaceId,
    key: u32,
    outcome: Cell<Option<Outcome>>,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        let system = self.system;
        let (place, key) = (self.place, self.key);
        let state = system.cache(system.node_of(place));
        let mut seats = Vec::new();
        // The parameters may have changed since, so both kinds of flight are looked for.
        for flight in [(key, system.instance_of(place)), (key, FLEET)] {
            let mut flights = state.flights.borrow_mut();
            if flights
                .get(&flight)
                .is_some_and(|flight| flight.fill == self.promise)
            {
                seats.extend(
                    flights
                        .remove(&flight)
                        .map(|flight| flight.seats)
                        .unwrap_or_default(),
                );
            }
        }
        let outcome = self
            .outcome
            .get()
            .unwrap_or(Outcome::Failed(Failure::Reset));
        for promise in seats.into_iter().chain([self.promise]) {
            system.sim.answer_after(Span::ZERO, promise, outcome);
        }
    }
}

//! Everything at once: processes of several kinds that work, hold permits, ask and serve each other
//! against deadlines, while others end them, crash, stop and slow down the places where they run.
//! When all is quiet, nothing may be left.

use crate::{PLENTY, Value};
use sim_core::{
    Entrance, Frames, Launch, Order, Permits, PlaceId, Pool, Position, Process, Promise, Sharing,
    Sim, Span, Stopped, Wait, World,
};
use std::cell::{Cell, RefCell};

const PLACES: u64 = 4;
const CLIENTS: u64 = 30;

/// What one of the places is to its jobs.
const SHARED: Sharing = Sharing {
    cores: 2,
    contention: 0.05,
    coherence: 0.001,
};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Asks again and again.
    Client,
    /// Serves a promise, having waited for its place as data.
    Server,
    /// Does a part of what its parent does.
    Task,
    /// Ends, stops, slows down, crashes.
    Villain,
}

#[derive(Clone, Copy, Debug)]
struct Job {
    kind: Kind,
    place: PlaceId,
    promise: Promise,
    depth: u32,
    /// Whether it has waited for its place and got it.
    is_granted: bool,
}

struct Model {
    sim: Sim<Job, Value, [u64; 3]>,
    workers: Vec<Permits<Job>>,
    connections: Permits<Job>,
    queued: RefCell<Vec<(Position, Job)>>,
    known: RefCell<Vec<Process>>,
    /// A gauge, kept by guards.
    active: Cell<i64>,
    dice: Cell<u64>,
    finished: Cell<u32>,
}

/// Counts a process as active until it is dropped.
struct Active<'m>(&'m Cell<i64>);

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// The duty to answer; dropping it answers with a failure.
struct Duty<'m> {
    model: &'m Model,
    promise: Promise,
    value: Value,
}

impl Drop for Duty<'_> {
    fn drop(&mut self) {
        self.model
            .sim
            .answer_after(Span(1), self.promise, self.value);
    }
}

impl Model {
    fn new(seed: u64) -> Model {
        let orders = [Order::Fifo, Order::Lifo, Order::Priority];
        let model = Model {
            sim: Sim::default(),
            workers: Vec::from_iter(
                (0..PLACES).map(|place| Permits::new(2, 6, orders[place as usize % 3])),
            ),
            connections: Permits::new(3, 8, orders[seed as usize % 3]),
            queued: RefCell::default(),
            known: RefCell::default(),
            active: Cell::new(0),
            dice: Cell::new(seed),
            finished: Cell::new(0),
        };
        model.sim.add_places(PLACES as usize);
        model.sim.share(PlaceId(1), SHARED);
        model
    }

    /// A number below `bound`: SplitMix64 (Steele, Lea and Flood 2014).
    fn below(&self, bound: u64) -> u64 {
        let state = self.dice.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.dice.set(state);
        let bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }

    fn pick_place(&self) -> PlaceId {
        PlaceId(self.below(PLACES) as u32)
    }

    fn workers_at(&self, place: PlaceId) -> &Permits<Job> {
        &self.workers[place.0 as usize]
    }

    /// A span from a few values, so that many things happen in the same nanosecond.
    fn span(&self) -> Span {
        Span(self.below(20) * 10)
    }

    fn begin(&self) -> Active<'_> {
        self.known.borrow_mut().push(self.sim.running());
        self.active.set(self.active.get() + 1);
        for permits in self.workers.iter().chain([&self.connections]) {
            assert!(permits.taken() <= permits.size());
        }
        Active(&self.active)
    }

    fn refuse(&self, job: Job) {
        if job.kind == Kind::Server {
            self.sim.answer_after(Span(1), job.promise, Value(false));
        }
    }

    /// Asks k of n servers, gives up at a deadline, and may then end the server.
    async fn ask(&self, depth: u32) {
        let sim = &self.sim;
        let of = 1 + self.below(3) as u32;
        let need = 1 + self.below(u64::from(of)) as u32;
        let answer = sim.promise_of(need, of, [7; 3]);
        let promise = answer.promise();
        for _ in 0..of {
            if self.below(10) == 0 {
                sim.forsake(promise);
                continue;
            }
            let job = Job {
                kind: Kind::Server,
                place: self.pick_place(),
                promise,
                depth,
                is_granted: false,
            };
            sim.start_after(self.span(), job);
        }
        let deadline = sim.now() + self.span() + self.span();
        if sim.before(deadline, answer).await.is_none()
            && self.below(2) == 0
            && let Some(server) = sim.server(promise)
        {
            sim.end(server);
        }
    }

    async fn client(&self, job: Job) {
        let _active = self.begin();
        for _ in 0..5 {
            self.sim.sleep(self.span(), Wait::Backoff).await;
            self.sim.work(job.place, self.span()).await;
            self.ask(0).await;
        }
        self.finished.set(self.finished.get() + 1);
    }

    async fn server(&self, job: Job) {
        let sim = &self.sim;
        let _permit = self.workers_at(job.place).held(sim);
        let mut duty = Duty {
            model: self,
            promise: job.promise,
            value: Value(false),
        };
        let _active = self.begin();
        sim.serve(job.promise, |_| ());
        sim.work(job.place, self.span()).await;
        match self.below(4) {
            0 if job.depth < 2 => self.ask(job.depth + 1).await,
            1 => {
                let patience = sim.now() + self.span();
                let connection = self.connections.acquire(sim, self.below(3) as u16);
                match sim.before(patience, connection).await {
                    Some(Ok(_connection)) => sim.work(job.place, self.span()).await,
                    Some(Err(_)) | None => return,
                }
            }
            2 => {
                let launch = Launch {
                    pool: Kind::Task as usize,
                    place: job.place,
                };
                let task = Job {
                    kind: Kind::Task,
                    ..job
                };
                let child = sim.spawn(launch, task);
                sim.sleep(self.span(), Wait::Flight).await;
                if self.below(2) == 0 {
                    sim.end(child);
                }
            }
            _ => {}
        }
        duty.value = Value(self.below(5) != 0);
    }

    async fn task(&self, job: Job) {
        let _active = self.begin();
        if let Ok(_connection) = self.connections.acquire(&self.sim, 1).await {
            self.sim.work(job.place, self.span()).await;
        }
        if self.below(2) == 0 {
            self.ask(2).await;
        }
    }

    async fn villain(&self) {
        let sim = &self.sim;
        for _ in 0..60 {
            sim.sleep(self.span(), Wait::Backoff).await;
            let place = self.pick_place();
            match self.below(8) {
                0 => {
                    sim.pause(place);
                    sim.sleep(self.span(), Wait::Backoff).await;
                    sim.resume(place);
                }
                1 => sim.set_speed(place, [0.1, 0.5, 1.0, 3.0][self.below(4) as usize]),
                2 => {
                    let refused = self.workers_at(place).clear(sim);
                    refused.into_iter().for_each(|job| self.refuse(job));
                    sim.clear_place(place, |job| self.refuse(job));
                }
                3 => self.abandon_one(),
                _ => {
                    let known = self.known.borrow();
                    if let Some(last) = (known.len() as u64).checked_sub(1) {
                        // The later ones are more likely to live.
                        let index = last - self.below(last + 1).min(self.below(last + 1));
                        sim.end(known[index as usize]);
                    }
                }
            }
        }
    }

    fn abandon_one(&self) {
        let mut queued = self.queued.borrow_mut();
        if queued.is_empty() {
            return;
        }
        let index = self.below(queued.len() as u64) as usize;
        let (position, job) = queued.swap_remove(index);
        if self.workers_at(job.place).abandon(&self.sim, position) {
            self.refuse(job);
        }
    }

    fn run(&self) -> Result<(), Stopped> {
        let start = |kind| {
            let job = Job {
                kind,
                place: PlaceId::NOWHERE,
                promise: Promise::NONE,
                depth: 0,
                is_granted: false,
            };
            self.sim.start_after(self.span(), job);
        };
        (0..CLIENTS).for_each(|_| start(Kind::Client));
        start(Kind::Villain);
        start(Kind::Villain);
        let mut pools: [Box<dyn Pool<Job> + '_>; 4] = [
            Box::new(Frames::new("client", |job| self.client(job))),
            Box::new(Frames::new("server", |job| self.server(job))),
            Box::new(Frames::new("task", |job| self.task(job))),
            Box::new(Frames::new("villain", |_| self.villain())),
        ];
        self.sim.run(self, &mut pools, PLENTY)
    }
}

impl World<Job> for Model {
    fn arrive(&self, job: Job) -> Option<Launch> {
        let launch = Launch {
            pool: job.kind as usize,
            place: job.place,
        };
        if job.kind != Kind::Server || job.is_granted {
            return Some(launch);
        }
        let granted = Job {
            is_granted: true,
            ..job
        };
        let priority = self.below(3) as u16;
        match self
            .workers_at(job.place)
            .enter(&self.sim, granted, priority)
        {
            Entrance::Granted => Some(launch),
            Entrance::Queued(position) => {
                self.queued.borrow_mut().push((position, granted));
                None
            }
            Entrance::Full => {
                self.refuse(job);
                None
            }
        }
    }

    fn place(&self, job: Job) -> PlaceId {
        job.place
    }

    fn discard(&self, job: Job) {
        self.refuse(job);
    }
}

/// Runs a seed until all is quiet, and returns how often something happened and when it ended.
#[track_caller]
fn check(seed: u64) -> (u64, sim_core::Time, u32) {
    let model = Model::new(seed);
    model.run().expect("ends");
    let sim = &model.sim;
    for permits in model.workers.iter().chain([&model.connections]) {
        assert_eq!(permits.taken(), 0, "seed {seed}: a permit is held");
        assert_eq!(permits.waiting(), 0, "seed {seed}: somebody waits");
        assert_eq!(permits.oldest(), None, "seed {seed}");
    }
    assert_eq!(sim.processes_live(), 0, "seed {seed}: a process lives");
    assert_eq!(sim.promises_held(), 0, "seed {seed}: a promise is held");
    assert_eq!(model.active.get(), 0, "seed {seed}: a gauge is off zero");
    (sim.events(), sim.now(), model.finished.get())
}

#[test]
fn nothing_is_left_when_processes_end_at_random_moments() {
    let (mut events, mut finished) = (0, 0);
    for seed in 0..300 {
        let outcome = check(seed);
        events += outcome.0;
        finished += outcome.2;
    }
    println!(
        "{events} events, {finished} of {} clients finished",
        300 * CLIENTS
    );
    assert!(1_000 < finished, "some must survive, or little is tested");
}

#[test]
fn a_seed_says_all() {
    for seed in 0..10 {
        assert_eq!(check(seed), check(seed));
    }
}

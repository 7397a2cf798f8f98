import type { Allowance } from './allowance.ts';
import { Pieces } from './pieces.ts';

/** An answer before the answer (RFC 9110 §15.2), for those who wait for it. Its fields are flat. */
export interface InterimAnswer {
  readonly status: number;
  readonly headers: readonly string[];
}

/**
 * Somebody who wants the answer. All calls come in order: any `interim`, one `head`, any `data`, then one `end` or
 * `fail`; or `fail` alone. `lull` may come in between.
 */
export interface FlightSink<Head> {
  interim?(answer: InterimAnswer): void;
  head(head: Head): void;
  /** @returns `false` to ask for a pause, until it calls {@link Flight.ready} */
  data(piece: Buffer): boolean;
  /** Nothing more has come for now: what is held back to leave together may go. */
  lull?(): void;
  end(): void;
  /** After `head`, the answer is torn and must not look complete. */
  fail(error: Error): void;
}

export interface FlightSource {
  pause(): void;
  resume(): void;
  /** The last caller has left. @returns whether it goes on all the same, for the next one */
  abandoned(): boolean;
  /** The answer is of no use to anybody any more. */
  cancel(): void;
}

/** Calls back when a slow caller has held up others for long enough. @returns what calls that off */
export type Patience = (over: () => void) => () => void;

/** Why a caller's answer broke off: it is too large to be kept for who reads slowly, and others were waiting. */
export class LeftBehindError extends Error {
  override readonly name = 'LeftBehindError';
  readonly code = 'LEFT_BEHIND';
}

interface Seat<Head> {
  readonly sink: FlightSink<Head>;
  /** Bytes of the body that it was given. */
  given: number;
  /** It has asked for a pause. */
  blocked: boolean;
}

/**
 * One upstream request on behalf of everybody who asks for the same report at the same time.
 *
 * While the body is kept (to be stored), everybody reads it at a pace of their own. Once it is not, because it is too
 * large or too much is kept by others, nobody can join any more; a caller who then holds up another for longer than the
 * patience lasts is cut loose. Callers who leave do not disturb the others.
 */
export class Flight<Head> {
  /** `undefined` once there is nothing more to ask of it. */
  #source: FlightSource | undefined;
  /** Once it is over, of those who had not read all of it. Never changed in place: who is called may leave. */
  #seats: readonly Seat<Head>[] = [];
  #head: Head | undefined;
  #kept: Pieces | undefined = new Pieces();
  #keepLimit = 0;
  #over = false;
  readonly #allowance: Allowance;
  readonly #patience: Patience;
  /** While the source is paused. */
  #callOff: (() => void) | undefined;
  /** What of the allowance is taken: for what is kept, and after that while somebody slow may still have it. */
  #taken = 0;

  /** @param allowance of all flights together, for what they keep */
  constructor(source: FlightSource, allowance: Allowance, patience: Patience) {
    this.#source = source;
    this.#allowance = allowance;
    this.#patience = patience;
  }

  /** The whole body, if it was kept; to be asked for when all of it has come, before {@link end}. */
  get keptBody(): Pieces | undefined {
    return this.#kept;
  }

  /** Adds a caller, who gets what has arrived so far. @returns `false` if it is too late for that */
  join(sink: FlightSink<Head>): boolean {
    if (this.#over || this.#kept === undefined) return false;
    const seat = { sink, given: 0, blocked: false };
    this.#seats = [...this.#seats, seat];
    if (this.#head !== undefined) {
      sink.head(this.#head);
      this.#catchUp(seat);
      sink.lull?.();
    }
    return true;
  }

  leave(sink: FlightSink<Head>): void {
    const others = this.#seats.filter((seat) => seat.sink !== sink);
    const hasLeft = others.length < this.#seats.length;
    this.#seats = others;
    if (hasLeft && others.length === 0 && !this.#over && this.#source?.abandoned() !== true) this.#cancel();
    this.ready(sink);
  }

  ready(sink: FlightSink<Head>): void {
    const seat = this.#seats.find((it) => it.sink === sink);
    if (seat !== undefined) {
      seat.blocked = false;
      this.#catchUp(seat);
    }
    this.#settle();
    if (this.#callOff !== undefined && !this.#over && !this.#isHeldUp()) this.#resume();
  }

  /** Nothing that is kept: who joins later has missed it. */
  inform(answer: InterimAnswer): void {
    for (const { sink } of this.#seats) sink.interim?.(answer);
  }

  /** @param keepLimit most bytes of body to keep for storing; 0 keeps none */
  start(head: Head, keepLimit: number): void {
    this.#head = head;
    this.#keepLimit = keepLimit;
    if (keepLimit === 0) this.#kept = undefined;
    for (const { sink } of this.#seats) sink.head(head);
  }

  push(piece: Buffer): void {
    if (this.#over) return;
    if (this.#keep(piece)) {
      for (const seat of this.#seats) if (!seat.blocked) this.#give(seat, piece);
      return;
    }
    if (this.#seats.length === 0) this.#cancel();
    for (const seat of this.#seats) this.#give(seat, piece);
    if (this.#isHeldUp() && this.#callOff === undefined) this.#pause();
  }

  /** What has been pushed is all there is for now. */
  lull(): void {
    if (this.#over) return;
    for (const { sink } of this.#seats) sink.lull?.();
  }

  end(): void {
    if (this.#over) return;
    for (const seat of this.#land()) seat.sink.end();
    this.#settle();
  }

  fail(error: Error): void {
    if (this.#over) return;
    for (const seat of this.#land()) seat.sink.fail(error);
    this.#settle();
  }

  #cancel(): void {
    const source = this.#source;
    this.#land();
    source?.cancel();
    this.#settle();
  }

  /** Gives everybody the rest, and lets go of everything: a flight that is over may still be held by somebody. */
  #land(): readonly Seat<Head>[] {
    const seats = this.#seats;
    this.#giveRest();
    this.#callOff?.();
    this.#over = true;
    this.#source = undefined;
    this.#head = undefined;
    this.#kept = undefined;
    this.#seats = seats.filter(({ blocked }) => blocked);
    return seats;
  }

  /** Asked for a pause or not: what is kept no longer has to go somewhere. The callers share its memory. */
  #giveRest(): void {
    for (const seat of this.#seats) this.#catchUp(seat, true);
  }

  #catchUp(seat: Seat<Head>, evenIfBlocked = false): void {
    for (const piece of this.#kept?.from(seat.given) ?? []) {
      if (seat.blocked && !evenIfBlocked) return;
      this.#give(seat, piece);
    }
  }

  #give(seat: Seat<Head>, piece: Buffer): void {
    seat.given += piece.length;
    if (!seat.sink.data(piece)) seat.blocked = true;
  }

  /** Gives the allowance back once nobody has what was kept: neither we nor a slow caller. */
  #settle(): void {
    if (this.#kept !== undefined || this.#isHeldUp()) return;
    this.#allowance.give(this.#taken);
    this.#taken = 0;
  }

  #isHeldUp(): boolean {
    return this.#seats.some(({ blocked }) => blocked);
  }

  #pause(): void {
    this.#source?.pause();
    this.#callOff = this.#patience(() => this.#cutLoose());
  }

  #resume(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    this.#source?.resume();
  }

  /** Whoever holds up somebody else goes; who is alone may take its time. */
  #cutLoose(): void {
    this.#callOff = undefined;
    const slow = this.#seats.filter(({ blocked }) => blocked);
    if (slow.length < this.#seats.length) {
      this.#seats = this.#seats.filter(({ blocked }) => !blocked);
      for (const { sink } of slow)
        sink.fail(new LeftBehindError('The caller read too slowly while others waited.'));
      this.#settle();
    }
    if (this.#over) return;
    if (this.#isHeldUp()) this.#callOff = this.#patience(() => this.#cutLoose());
    else this.#resume();
  }

  /** @returns whether the piece is kept; if not, nothing is any more */
  #keep(piece: Buffer): boolean {
    const kept = this.#kept;
    if (kept === undefined) return false;
    if (kept.length + piece.length > this.#keepLimit || !this.#allowance.take(piece.length)) {
      this.#giveRest();
      this.#kept = undefined;
      this.#settle();
      return false;
    }
    this.#taken += piece.length;
    kept.add(piece);
    return true;
  }
}

import type { Socket } from 'node:net';
import type { EpochMs } from '../../base/units.ts';
import type { Wire } from '../answer/wire.ts';
import type { Asked } from '../gate/gate.ts';

/** Reads connections ahead of Node's HTTP server, and answers what leaves nothing open. The accelerator is one. */
export interface ReadAhead {
  /** Takes a new connection: its requests are served here, until it is handed over. */
  take(socket: Socket): void;
  /** Answers under way end their connections from now on. */
  drain(): void;
  closeIdle(): void;
  closeAll(): void;
}

export interface ReadAheadTerms {
  /** Until the first request of a connection has come. */
  readonly headersTimeoutMs: number;
  /** 0: for as long as the caller likes. */
  readonly keepAliveTimeoutMs: number;
  /** For how long a caller may take nothing of an answer. */
  readonly writeTimeoutMs: number;
  now(): EpochMs;
  /** Whether requests on it may be taken up as they come; Node's server deals with them if not. */
  accepts(socket: Socket): boolean;
  /** @returns `false` if the request is not for a report, and nothing has been done with it */
  serve(asked: Asked, wire: Wire): boolean;
  /** For good: Node's HTTP server gets all that was read, and what comes from now on. */
  handOver(socket: Socket): void;
  onTimeout(socket: Socket): void;
}

export type OpenReadAhead = (terms: ReadAheadTerms) => ReadAhead;

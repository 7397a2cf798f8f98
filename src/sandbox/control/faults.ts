import type { HeaderValues } from '../http/answer.ts';
import type { RequestKind } from '../http/request-log.ts';
import type { Refusal } from '../oauth/refusals.ts';

/** Which requests a fault befalls: `dcr` is register and token together, `api` the calls that write. */
export const FAULT_TARGETS = ['register', 'token', 'report', 'api', 'dcr', 'all'] as const;
export type FaultTarget = (typeof FAULT_TARGETS)[number];

export interface FaultScope {
  /** Default `all`. */
  readonly on?: FaultTarget;
  /** What the path of the request begins with, segment by segment. Default: any. */
  readonly path?: string;
  /** How many requests it befalls before it is over. Default: every one, until it is removed. */
  readonly times?: number;
  /** Chance, from 0 to 1, that it befalls a request. Default 1. */
  readonly probability?: number;
}

/** What goes wrong. */
export type FaultEffect =
  /** The answer is held back. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The connection is reset (RST) instead of an answer. */
  | { readonly kind: 'reset' }
  /** No answer ever comes. */
  | { readonly kind: 'hang' }
  /** This answer comes instead of the right one, whatever the request. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: HeaderValues;
      readonly body?: string;
    }
  /** The API refuses the caller, in one of its ways (docs/adobe.md §7). */
  | { readonly kind: 'refuse'; readonly as: Refusal }
  /** The right answer comes, but its body breaks off half-way. */
  | { readonly kind: 'tear' };

export type Fault = FaultScope & FaultEffect;

/** What befalls one request: delays add up, of the others the latest added wins. */
export interface Mishap {
  readonly latency: number;
  readonly effect: Exclude<FaultEffect, { kind: 'latency' }> | undefined;
}

const isBelow = (path: string, top: string): boolean =>
  path.startsWith(top) && (top.endsWith('/') || /^($|[/.])/.test(path.slice(top.length)));

function hits({ on = 'all', path: top = '/' }: FaultScope, kind: RequestKind, path: string): boolean {
  if (!isBelow(path, top)) return false;
  if (on === 'all') return true;
  return on === 'dcr' ? kind === 'register' || kind === 'token' : on === kind;
}

/** The faults in force. */
export class Faults {
  readonly #random: () => number;
  readonly #active: { readonly fault: Fault; left: number }[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** @returns ends the fault. */
  add(fault: Fault): () => void {
    const entry = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.push(entry);
    return () => {
      const index = this.#active.indexOf(entry);
      if (index >= 0) this.#active.splice(index, 1);
    };
  }

  clear(): void {
    this.#active.length = 0;
  }

  list(): readonly Fault[] {
    return this.#active.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault));
  }

  /** Decides what befalls a request, and counts it. */
  befall(kind: RequestKind, target: string): Mishap {
    const path = target.split('?', 1)[0] ?? '';
    let latency = 0;
    let effect: Mishap['effect'];
    for (const entry of [...this.#active]) {
      const { fault } = entry;
      if (!hits(fault, kind, path) || this.#random() >= (fault.probability ?? 1)) continue;
      if (--entry.left <= 0) this.#active.splice(this.#active.indexOf(entry), 1);
      if (fault.kind === 'latency') latency += fault.ms;
      else effect = fault;
    }
    return { latency, effect };
  }
}

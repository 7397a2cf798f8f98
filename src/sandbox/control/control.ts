import type { HeaderValues } from '../http/answer.ts';
import type { RequestLog } from '../http/request-log.ts';
import type { Application, ApplicationPatch, Applications } from '../oauth/applications.ts';
import type { Grants } from '../oauth/grants.ts';
import type { ClientRefusal, Refusal } from '../oauth/refusals.ts';
import type { Throttle, ThrottleRate } from '../oauth/throttle.ts';
import type { AnswerVariants, VariantChanges } from '../options.ts';
import type { Fault, FaultScope, Faults } from './faults.ts';

/** The sandbox's clock: the one that it was given, moved. */
export interface ShiftableClock {
  now(): number;
  shift(ms: number): void;
}

export interface ControlParts {
  readonly clock: ShiftableClock;
  readonly applications: Applications;
  readonly grants: Grants;
  readonly throttle: Throttle;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly variants: { current(): AnswerVariants; change(changes: VariantChanges): void };
}

/** Breaks the sandbox in documented ways. Whatever is added returns a function that takes it away again. */
export interface Control {
  /** Makes every token invalid (401). @returns how many there were. */
  revokeTokens(): number;
  /**
   * Forgets all client credentials (`invalid_client`); tokens stay valid, unless the APIs refuse those of these clients
   * too: until the client registers again.
   * @returns how many there were.
   */
  forgetClients(as?: ClientRefusal): number;
  /** Changes what an application may do: `unapproved`, `revoked`, its scopes and tenants. */
  setApplication(name: string, patch: ApplicationPatch): Application;
  setThrottle(rate: ThrottleRate | false): void;
  /** Holds answers back by so many milliseconds. */
  addLatency(ms: number, scope?: FaultScope): () => void;
  /** Resets connections instead of answering. */
  resetConnections(scope?: FaultScope): () => void;
  /** Never answers. */
  hang(scope?: FaultScope): () => void;
  /** Answers with this status and body, whatever was asked. Without a body: one that suits an edge server. */
  answerStatus(
    status: number,
    scope?: FaultScope & { readonly body?: string; readonly headers?: HeaderValues },
  ): () => void;
  /** The APIs refuse callers in one of their ways, on some paths or all. */
  refuse(as: Refusal, scope?: FaultScope): () => void;
  /** Breaks answers off in the middle of the body. */
  tearBodies(scope?: FaultScope): () => void;
  /** Any of these, as data. */
  addFault(fault: Fault): () => void;
  /** Ends all faults. */
  clearFaults(): void;
  /** Moves the sandbox's clock: tokens and credentials age, reports move on. */
  shiftClock(ms: number): void;
  /** Changes how later answers look. */
  setVariants(changes: VariantChanges): AnswerVariants;
  /** Forgets the recorded requests and counts. */
  clearRequests(): void;
}

export function createControl(parts: ControlParts): Control {
  const { clock, applications, grants, throttle, faults, log, variants } = parts;
  return {
    revokeTokens: () => grants.revokeTokens(),
    forgetClients: (as) => grants.forgetClients(as),
    setApplication(name, patch) {
      const application = applications.change(name, patch);
      if (application.state === 'revoked') grants.revokeApplication(application.id);
      return application;
    },
    setThrottle: (rate) => throttle.set(rate),
    addLatency: (ms, scope = {}) => faults.add({ ...scope, kind: 'latency', ms }),
    resetConnections: (scope = {}) => faults.add({ ...scope, kind: 'reset' }),
    hang: (scope = {}) => faults.add({ ...scope, kind: 'hang' }),
    answerStatus: (status, scope = {}) => faults.add({ ...scope, kind: 'status', status }),
    refuse: (as, scope = {}) => faults.add({ ...scope, kind: 'refuse', as }),
    tearBodies: (scope = {}) => faults.add({ ...scope, kind: 'tear' }),
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    shiftClock: (ms) => clock.shift(ms),
    setVariants(changes) {
      variants.change(changes);
      return variants.current();
    },
    clearRequests: () => log.clear(),
  };
}

/**
 * `cmu-proxy/sandbox`: a faithful stand-in for Adobe Pass DCR and the CMU report API, for other people's test suites
 * and for ours. See `docs/sandbox.md`.
 */
export type { Control } from './control/control.ts';
export type { Fault, FaultEffect, FaultScope, FaultTarget } from './control/faults.ts';
export type { RecordedRequest, RequestCounts, RequestKind } from './http/request-log.ts';
export type { Application, ApplicationPatch, ApplicationState } from './oauth/applications.ts';
export type { ClientRefusal, Refusal } from './oauth/refusals.ts';
export {
  exportSigningKey,
  generateSigningKey,
  importSigningKey,
  type SigningKey,
} from './oauth/signing-key.ts';
export { signStatement } from './oauth/statement.ts';
export type { ThrottleRate } from './oauth/throttle.ts';
export type { AnswerVariants, Profile, SandboxOptions, TimeUnit, VariantChanges } from './options.ts';
export { type Sandbox, startSandbox } from './sandbox.ts';

/**
 * OAuth toward Adobe: what the rest of the program may use of it. Nothing outside imports another file of this folder.
 */

export { createFleetBudget } from './fleet/fleet-budget.ts';
export { createRedisFleetStore, type FleetStore } from './fleet/redis-fleet-store.ts';
export { BorrowedTokens } from './lending/borrowed-tokens.ts';
export { type ToBorrower, TokenLender, type ToLender } from './lending/token-lender.ts';
export { type ApiRefusal, isRefusal, MOST_REFUSAL_BYTES, readRefusal } from './protocol/api-refusal.ts';
export type { AccessToken } from './protocol/credentials.ts';
export type { DcrAnswer } from './protocol/dcr-answers.ts';
export { createTokenBucket, type DcrBudget } from './protocol/dcr-budget.ts';
export { createDcrClient, type DcrClient, type DcrTransport } from './protocol/dcr-client.ts';
export { asDcrError, DcrError, type DcrErrorCode } from './protocol/dcr-error.ts';
export type { DcrEvent, DcrEventListener } from './protocol/dcr-event.ts';
export { waitFor } from './protocol/deadline.ts';
export type { CredentialStore } from './state/credential-store.ts';
export { FileStore } from './state/file-store.ts';
export { createMemoryStore, type OpenedStore, openCredentialStore } from './state/open-store.ts';
export { parseSealingKeys, type SealingKeys } from './state/sealing-key.ts';
export { createStateCodec, StateLockedError } from './state/state-codec.ts';
export { nodeStateFs } from './state/state-fs.ts';
export { parseSoftwareStatement, type SoftwareStatement } from './statement/software-statement.ts';
export { readStatementFile } from './statement/statement-file.ts';
export { LastingTokenSource, type TokenSource } from './token/lasting-token-source.ts';
export type { TokenSourceStatus } from './token/lifecycle-status.ts';
export type { Place } from './token/own-refusals.ts';
export { type BearerTokens, ProvenTokens } from './token/proven-tokens.ts';

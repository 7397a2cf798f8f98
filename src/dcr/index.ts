/** OAuth toward Adobe: what the rest of the program may use of it. Nothing outside imports another file of this folder. */

export type { CancelTimer, Effects } from '../base/effects.ts';
export { systemEffects } from '../base/system-effects.ts';
export type { AccessToken } from './access-token.ts';
export { BorrowedTokens, type Lender } from './borrowed-tokens.ts';
export type { ClientCredentials } from './client-credentials.ts';
export {
  createTokenSource,
  type ManagedTokenSource,
  type TokenSourceOptions,
} from './create-token-source.ts';
export type { CredentialStore, LoadOutcome, StateBinding, StoredState } from './credential-store.ts';
export { createTokenBucket, type DcrBudget } from './dcr-budget.ts';
export { createDcrClient, type DcrClient, type DcrClientOptions } from './dcr-client.ts';
export { asDcrError, DcrError, type DcrErrorCode } from './dcr-error.ts';
export type { DcrEvent, DcrEventListener } from './dcr-event.ts';
export type { DcrAnswer, DcrRequest, DcrTransport } from './dcr-transport.ts';
export { createFileStore, type FileStoreOptions } from './file-store.ts';
export { createFleetBudget } from './fleet/fleet-budget.ts';
export type { FleetStore } from './fleet/fleet-store.ts';
export { createRedisFleetStore } from './fleet/redis-fleet-store.ts';
export { createHttpTransport, type HttpTransport } from './http-transport.ts';
export type { LifecyclePolicy } from './lasting-token-source.ts';
export type { LentFailure, LentToken } from './lent-token.ts';
export { createMemoryStore } from './memory-store.ts';
export { nodeStateFs } from './node-state-fs.ts';
export { type OpenedStore, openCredentialStore } from './open-store.ts';
export { createSealedCodec } from './sealed-codec.ts';
export { parseSealingKeys, type SealingKey, SealingKeyError, type SealingKeys } from './sealing-key.ts';
export { parseSoftwareStatement, type SoftwareStatement } from './software-statement.ts';
export { type StateCodec, StateLockedError } from './state-codec.ts';
export type { StateFs } from './state-fs.ts';
export { StatementError, type StatementErrorCode } from './statement-error.ts';
export { readStatementFile } from './statement-file.ts';
export { type StatementWatch, watchStatementFile } from './statement-watch.ts';
export { type Borrower, TokenLender } from './token-lender.ts';
export type { BearerTokens, ReportedFailure, TokenSource, TokenSourceStatus } from './token-source.ts';

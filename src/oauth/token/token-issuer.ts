import type { Effects } from '../../base/effects.ts';
import { asError } from '../../base/error-code.ts';
import type { KnownSecrets } from '../../base/known-secrets.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import type { AccessToken, ClientCredentials } from '../protocol/credentials.ts';
import type { DcrBudget } from '../protocol/dcr-budget.ts';
import type { DcrClient } from '../protocol/dcr-client.ts';
import { DcrError } from '../protocol/dcr-error.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import { abortedError, waitFor } from '../protocol/deadline.ts';
import type { CredentialStore, StateBinding, StoredState } from '../state/credential-store.ts';
import { StateSaver } from '../state/state-saver.ts';
import type { SoftwareStatement } from '../statement/software-statement.ts';
import {
  afterSuccess,
  byOurClock,
  MOST_REGISTRATIONS,
  type Registration,
  type RegistrationCause,
  registrationWait,
} from './registration-policy.ts';

export interface TokenIssuerOptions {
  readonly statement: SoftwareStatement;
  readonly client: DcrClient;
  readonly store: CredentialStore;
  readonly budget: DcrBudget;
  readonly effects: Effects;
  readonly secrets?: Pick<KnownSecrets, 'note'>;
  readonly onEvent: DcrEventListener;
}

/** Credentials are on disk before they are first used, but a disk that hangs must not take the service with it. */
const LONGEST_WAIT_FOR_SAVE: Milliseconds = seconds(5);
/** Who has to wait longer for a registration waits with the token request too. */
const LONGEST_PATIENCE: Milliseconds = seconds(60);

/** Never rejects. */
type Share = (state: StoredState) => Promise<void>;

/** Gets tokens, one at a time: registers when it must, and keeps what it gets (docs/adobe.md §3, §4). */
export class TokenIssuer {
  readonly counts = { registrations: 0, tokenRequests: 0, failures: 0, throttled: 0, invalidations: 0 };
  protected readonly options: TokenIssuerOptions;
  readonly #saver: StateSaver;
  #statement: SoftwareStatement;
  #restored = false;
  #credentials: ClientCredentials | undefined;
  #token: AccessToken | undefined;
  #made: readonly Registration[] = [];
  /** Register although there are credentials. */
  #wanted: RegistrationCause | undefined;

  constructor(options: TokenIssuerOptions) {
    this.#statement = options.statement;
    this.options = options;
    this.#saver = new StateSaver(options.store, options.effects, options.onEvent);
  }

  get statement(): SoftwareStatement {
    return this.#statement;
  }

  protected get binding(): StateBinding {
    return { statementFingerprint: this.#statement.fingerprint, dcrUrl: this.options.client.baseUrl.href };
  }

  get credentials(): ClientCredentials | undefined {
    return this.#credentials;
  }

  protected get state(): StoredState | undefined {
    if (this.#credentials === undefined) return undefined;
    return {
      credentials: this.#credentials,
      ...(this.#token !== undefined && { token: this.#token }),
      ...(this.#made.length > 0 && { registrations: this.#made }),
    };
  }

  /** The token of an earlier run, once; `undefined` from then on, and where there is none. Never throws. */
  async restore(): Promise<AccessToken | undefined> {
    if (this.#restored) return undefined;
    const statement = this.#statement;
    const state = await this.load();
    if (this.#statement !== statement) return undefined;
    this.#restored = true;
    if (state === undefined) return undefined;
    this.options.secrets?.note(state);
    this.#credentials = state.credentials;
    const now = this.options.effects.now();
    this.#made = byOurClock(state.registrations ?? [], now);
    // A token from the future was received under a clock that has been set back since: its end cannot be known.
    const usable = state.token !== undefined && state.token.receivedAt <= now && now < state.token.expiresAt;
    this.#token = usable ? state.token : undefined;
    this.options.onEvent({
      event: 'restored',
      clientId: state.credentials.clientId,
      ...(this.#token !== undefined && { tokenExpiresAt: this.#token.expiresAt }),
    });
    return this.#token;
  }

  /**
   * One attempt: a token request, preceded by a registration where there are no usable credentials.
   * @param share takes new credentials the moment they exist, before they are used: whoever dies after that has
   *   registered for all
   */
  async issue(signal: AbortSignal, share?: Share): Promise<AccessToken> {
    const known = this.#wanted === undefined ? this.#usableCredentials() : undefined;
    if (known === undefined) {
      return this.#requestToken(await this.#register(this.#wanted ?? 'none', signal, share), signal);
    }
    try {
      return await this.#requestToken(known, signal);
    } catch (error) {
      if (!(error instanceof DcrError) || error.code !== 'invalid_client') throw error;
      const wait = this.registrationWait('rejected');
      if (wait > LONGEST_PATIENCE) throw error.withRetryAfter(wait);
      // The server may only be slow to know them.
      if (wait > 0) throw error;
      this.options.onEvent({ event: 'credentials-rejected', clientId: known.clientId });
      return this.#requestToken(await this.#register('rejected', signal, share), signal);
    }
  }

  /** The next attempt is to register, until one has. Not to be called before {@link registrationWait} is over. */
  wantNewClient(cause: RegistrationCause): void {
    this.#wanted = cause;
  }

  registrationWait(cause: RegistrationCause): Milliseconds {
    return registrationWait(cause, this.#made, this.options.effects.now());
  }

  /** Takes up what another replica got. Without a token in it, the own one stays. */
  protected adopt(state: StoredState): void {
    this.options.secrets?.note(state);
    const { credentials, token, registrations = [] } = state;
    this.#restored = true;
    this.#credentials = credentials;
    this.#made = byOurClock(registrations, this.options.effects.now());
    if (token === undefined) return;
    this.#wanted = undefined;
    this.#token = token;
    void this.#save();
  }

  /** The API refused this token: an attempt under way need not hold back because there is one. */
  hurry(_token: AccessToken): void {}

  /** From now on tokens are for this statement; credentials of the former one are no longer used. */
  replaceStatement(statement: SoftwareStatement): void {
    this.#statement = statement;
    this.#credentials = undefined;
    this.#token = undefined;
    this.#made = [];
    this.#wanted = undefined;
    this.#restored = false;
    this.options.onEvent({ event: 'statement-replaced', fingerprint: statement.fingerprint });
  }

  close(): Promise<void> {
    return this.#saver.close();
  }

  #usableCredentials(): ClientCredentials | undefined {
    const credentials = this.#credentials;
    const now = this.options.effects.now();
    if (credentials?.expiresAt === undefined || now < credentials.expiresAt) return credentials;
    this.options.onEvent({ event: 'credentials-expired', clientId: credentials.clientId });
    this.#credentials = undefined;
    return undefined;
  }

  async #register(
    cause: RegistrationCause,
    signal: AbortSignal,
    share: Share = async () => {},
  ): Promise<ClientCredentials> {
    const { client } = this.options;
    const credentials = await this.#call(signal, (statement) => client.register(statement, signal));
    this.counts.registrations += 1;
    this.#wanted = undefined;
    this.#credentials = credentials;
    this.#token = undefined;
    this.#made = [...this.#made, { at: this.options.effects.now(), cause }].slice(-MOST_REGISTRATIONS);
    this.options.onEvent({
      event: 'registered',
      clientId: credentials.clientId,
      ...(credentials.expiresAt !== undefined && { expiresAt: credentials.expiresAt }),
    });
    const kept = Promise.all([this.#save(), share({ credentials, registrations: this.#made })]);
    await waitFor(this.options.effects, LONGEST_WAIT_FOR_SAVE, signal, (wake) => void kept.then(wake));
    return credentials;
  }

  async #requestToken(credentials: ClientCredentials, signal: AbortSignal): Promise<AccessToken> {
    const { token, disbelieved } = await this.#call(signal, () => {
      this.counts.tokenRequests += 1;
      return this.options.client.requestToken(credentials, signal);
    });
    if (disbelieved.length > 0) this.options.onEvent({ event: 'clock-skew', disbelieved });
    this.#token = token;
    this.#made = afterSuccess(this.#made);
    void this.#save();
    return token;
  }

  /** A call within the budget. A 429 slows everything that calls from this address, not this attempt alone. */
  async #call<T>(signal: AbortSignal, send: (statement: SoftwareStatement) => Promise<T>): Promise<T> {
    const statement = this.#statement;
    await this.options.budget.acquire(signal);
    try {
      const answer = await send(statement);
      // It may come in the same moment in which its statement is replaced.
      if (signal.aborted || this.#statement !== statement) throw abortedError(signal);
      return answer;
    } catch (error) {
      if (error instanceof DcrError && error.code === 'throttled' && error.retryAfter !== undefined) {
        this.counts.throttled += 1;
        this.options.budget.throttled(error.retryAfter);
      }
      throw error;
    }
  }

  protected async load(): Promise<StoredState | undefined> {
    try {
      const loaded = await this.options.store.load(this.binding);
      if (loaded.outcome === 'found') return loaded.state;
      const { outcome, ...aside } = loaded;
      if ('reason' in aside) this.options.onEvent({ event: 'state-set-aside', ...aside });
    } catch (error) {
      this.options.onEvent({ event: 'load-failed', error: asError(error) });
    }
    return undefined;
  }

  #save(): Promise<void> {
    const { state } = this;
    this.options.secrets?.note(state);
    return state === undefined ? Promise.resolve() : this.#saver.save({ binding: this.binding, state });
  }
}

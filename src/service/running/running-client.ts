import type { Effects } from '../../base/effects.ts';
import type { KnownSecrets } from '../../base/known-secrets.ts';
import { type Milliseconds, seconds } from '../../base/units.ts';
import {
  type CredentialStore,
  type DcrEvent,
  type DcrEventListener,
  type ManagedTokenSource,
  type SoftwareStatement,
  type StatementWatch,
  watchStatementFile,
} from '../../oauth/index.ts';
import type { DcrBudgets } from '../dcr-budgets.ts';
import type { ClientInput } from '../inputs/inputs.ts';
import { notingStore } from '../noting-stores.ts';
import type { OpenedFleet } from '../open-fleet.ts';
import { type OpenedTokens, openTokens } from '../open-tokens.ts';

export interface ClientEnvironment {
  readonly budgets: DcrBudgets;
  readonly fleet: OpenedFleet | undefined;
  readonly secrets: KnownSecrets;
  readonly effects: Effects;
  readonly onEvent: DcrEventListener;
  /** A token of another statement serves from now on: answers may be those of another application. */
  readonly onIdentity: () => void;
}

/** Whether a token comes into service with this. */
export const bringsToken = (event: DcrEvent): boolean =>
  event.event === 'token-received' ||
  event.event === 'shared-token-taken' ||
  (event.event === 'restored' && event.tokenExpiresAt !== undefined);

/** Whoever waits for a token of a client that goes is given up after this long. */
const LONGEST_FAREWELL: Milliseconds = seconds(30);

/** A client of Adobe while it runs: its token, and the watch over the file of its statement. */
export class RunningClient {
  readonly name: string;
  readonly tokens: ManagedTokenSource;
  /** Resolves when the first attempt to get a token is over, however it ended. */
  readonly attempted: Promise<void>;
  readonly #environment: ClientEnvironment;
  readonly #opened: OpenedTokens;
  #input: ClientInput;
  /** The one to get tokens with. */
  #statement: SoftwareStatement;
  /** The one that the token in service was got with. */
  #serving: SoftwareStatement;
  #watch: StatementWatch | undefined;
  #closed: Promise<void> | undefined;

  constructor(input: ClientInput, store: CredentialStore, environment: ClientEnvironment) {
    const { config, statement, ca } = input;
    const { budgets, fleet, secrets, effects, onEvent } = environment;
    secrets.keep(statement.secret);
    this.name = config.name;
    this.#input = input;
    this.#environment = environment;
    this.#statement = statement;
    this.#serving = statement;
    this.#opened = openTokens({
      dcr: config.dcr,
      statement,
      ca,
      store: notingStore(store, secrets),
      budget: budgets(config.dcr.url),
      fleet,
      effects,
      onEvent: (event) => {
        onEvent(event);
        if (bringsToken(event)) this.#identify();
      },
    });
    this.tokens = this.#opened.tokens;
    this.attempted = this.tokens.token().then(
      () => {},
      () => {},
    );
    this.#watch = this.#watchStatement();
  }

  /** Whose data it gets now. A new statement counts from its first token on: until then, that of the old one serves. */
  get statement(): SoftwareStatement {
    return this.#serving;
  }

  /** Whether it can become what is wanted while its token goes on. */
  canBecome({ config, ca }: ClientInput): boolean {
    const { dcr } = this.#input.config;
    return (
      ca === this.#input.ca &&
      dcr.proxy?.reveal() === config.dcr.proxy?.reveal() &&
      JSON.stringify(dcr) === JSON.stringify(config.dcr)
    );
  }

  /** Takes up another statement, or another place of it. The token in service stays until its successor is there. */
  async become(input: ClientInput): Promise<void> {
    const samePlace = input.config.statementFile === this.#input.config.statementFile;
    this.#input = input;
    if (samePlace && this.#watch !== undefined) {
      await this.#watch.check();
      return;
    }
    this.#watch?.close();
    if (input.statement.fingerprint !== this.#statement.fingerprint) this.#replaceStatement(input.statement);
    this.#watch = this.#watchStatement();
  }

  /** Reads the file of the statement again now. */
  async checkStatement(): Promise<void> {
    await this.#watch?.check();
  }

  /** Closes it once nobody waits for its first token. @param stopping ends the waiting */
  async retire(stopping: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const cancel = this.#environment.effects.setTimer(LONGEST_FAREWELL, () => patience.abort());
    await this.tokens.token({ signal: AbortSignal.any([stopping, patience.signal]) }).catch(() => {});
    cancel();
    await this.close();
  }

  /** Ends timers, calls and the watch, and waits for a save under way. The token that it holds serves on while it lasts. */
  close(): Promise<void> {
    this.#watch?.close();
    this.#closed ??= this.#opened.close();
    return this.#closed;
  }

  #replaceStatement(statement: SoftwareStatement): void {
    this.#environment.secrets.keep(statement.secret);
    this.#statement = statement;
    this.tokens.replaceStatement(statement);
  }

  #identify(): void {
    if (this.#serving === this.#statement) return;
    this.#serving = this.#statement;
    this.#environment.onIdentity();
  }

  #watchStatement(): StatementWatch | undefined {
    const { statementFile: path } = this.#input.config;
    const { effects, onEvent } = this.#environment;
    if (path === undefined) return undefined;
    return watchStatementFile({
      path,
      current: this.#statement,
      effects,
      onStatement: (statement) => this.#replaceStatement(statement),
      onProblem: (problem) => onEvent({ event: 'statement-problem', problem }),
    });
  }
}

import { systemEffects } from '../../base/effects.ts';
import { BorrowedTokens, ProvenTokens, type SoftwareStatement, type ToBorrower } from '../../oauth/index.ts';
import type { Answering } from '../answering.ts';
import type { Setup } from '../inputs/inputs.ts';
import type { FromWorker } from './messages.ts';

interface BorrowingClient {
  readonly statement: SoftwareStatement;
  readonly tokens: BorrowedTokens;
  readonly bearer: ProvenTokens;
}

/** Clients and routes in a worker: as `RunningService`, but the clients' tokens are lent. */
export class WorkerService {
  readonly #answering: Pick<Answering, 'routes' | 'dcrEvent'>;
  readonly #send: (message: FromWorker) => void;
  #clients = new Map<string, BorrowingClient>();

  constructor(answering: Pick<Answering, 'routes' | 'dcrEvent'>, send: (message: FromWorker) => void) {
    this.#answering = answering;
    this.#send = send;
  }

  become(setup: Setup): void {
    const before = this.#clients;
    this.#clients = new Map(
      setup.inputs.clients.map(({ config: { name }, statement }) => {
        const known = before.get(name);
        const isSame = known?.statement.fingerprint === statement.fingerprint;
        return [name, isSame ? known : { ...(known ?? this.#borrow(name)), statement }];
      }),
    );
    this.#answering.routes.become(setup, this.#clients);
  }

  take(message: ToBorrower): void {
    this.#clients.get(message.client)?.tokens.take(message);
  }

  close(): void {
    this.#answering.routes.close();
    for (const { tokens } of this.#clients.values()) tokens.close();
  }

  #borrow(client: string): Omit<BorrowingClient, 'statement'> {
    const tokens = new BorrowedTokens(
      (refused) => this.#send({ kind: 'ask', client, refused }),
      systemEffects,
    );
    const { dcrEvent } = this.#answering;
    return { tokens, bearer: new ProvenTokens(tokens, systemEffects, (event) => dcrEvent(client, event)) };
  }
}

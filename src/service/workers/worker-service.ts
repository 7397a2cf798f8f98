import { systemEffects } from '../../base/effects.ts';
import {
  BorrowedTokens,
  type DcrEvent,
  ProvenTokens,
  type SoftwareStatement,
  type ToBorrower,
} from '../../oauth/index.ts';
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
  readonly #answering: Pick<Answering, 'routes' | 'gateway'>;
  readonly #send: (message: FromWorker) => void;
  readonly #onDcrEvent: (client: string, event: DcrEvent) => void;
  #clients = new Map<string, BorrowingClient>();

  constructor(
    answering: Pick<Answering, 'routes' | 'gateway'>,
    send: (message: FromWorker) => void,
    onDcrEvent: (client: string, event: DcrEvent) => void,
  ) {
    this.#answering = answering;
    this.#send = send;
    this.#onDcrEvent = onDcrEvent;
  }

  become({ config, inputs }: Setup): void {
    const before = this.#clients;
    this.#clients = new Map(
      inputs.clients.map(({ config: { name }, statement }) => {
        const known = before.get(name);
        if (known?.statement.fingerprint === statement.fingerprint) return [name, known];
        const tokens = known?.tokens ?? this.#borrow(name);
        const onEvent = (event: DcrEvent) => this.#onDcrEvent(name, event);
        const bearer = known?.bearer ?? new ProvenTokens(tokens, systemEffects, onEvent);
        return [name, { statement, tokens, bearer }];
      }),
    );
    const { routes, gateway } = this.#answering;
    routes.become(inputs.routes, this.#clients);
    gateway.replace(routes.service(config));
  }

  take(message: ToBorrower): void {
    this.#clients.get(message.client)?.tokens.take(message);
  }

  close(): void {
    this.#answering.routes.close();
    for (const { tokens } of this.#clients.values()) tokens.close();
  }

  #borrow(client: string): BorrowedTokens {
    return new BorrowedTokens(
      (refused) => this.#send({ kind: 'ask', client, ...(refused && { refused }) }),
      systemEffects,
    );
  }
}

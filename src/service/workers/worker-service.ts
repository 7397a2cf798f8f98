import { systemEffects } from '../../base/effects.ts';
import {
  BorrowedTokens,
  type LentFailure,
  type LentToken,
  ProvenTokens,
  type RefusalListener,
  type SoftwareStatement,
} from '../../oauth/index.ts';
import type { Service } from '../../proxy/gateway.ts';
import { callerPolicy, callerTokens, forwardsByName, trustedProxies } from '../inputs/callers.ts';
import type { Setup } from '../inputs/inputs.ts';
import type { RunningRoutes } from '../running/running-routes.ts';
import type { FromWorker } from './messages.ts';

interface BorrowingClient {
  readonly name: string;
  readonly statement: SoftwareStatement;
  readonly tokens: BorrowedTokens;
  readonly bearer: ProvenTokens;
}

/** Clients and routes in a worker: as `RunningService`, but the clients' tokens are lent. */
export class WorkerService {
  readonly #routes: RunningRoutes;
  readonly #send: (message: FromWorker) => void;
  readonly #onService: (service: Service) => void;
  readonly #onRefusal: (client: string) => RefusalListener;
  #clients = new Map<string, BorrowingClient>();

  constructor(
    routes: RunningRoutes,
    send: (message: FromWorker) => void,
    onService: (service: Service) => void,
    onRefusal: (client: string) => RefusalListener,
  ) {
    this.#routes = routes;
    this.#send = send;
    this.#onService = onService;
    this.#onRefusal = onRefusal;
  }

  async become({ config, inputs }: Setup): Promise<void> {
    const before = this.#clients;
    this.#clients = new Map(
      inputs.clients.map(({ config: { name }, statement }) => {
        const known = before.get(name);
        if (known?.statement.fingerprint === statement.fingerprint) return [name, known];
        const tokens = known?.tokens ?? this.#borrow(name);
        const bearer = known?.bearer ?? new ProvenTokens(tokens, systemEffects, this.#onRefusal(name));
        return [name, { name, statement, tokens, bearer }];
      }),
    );
    this.#routes.replace(
      inputs.routes.flatMap((input) => {
        const client = this.#clients.get(input.config.client);
        return client === undefined ? [] : [{ input, client }];
      }),
    );
    const routes = this.#routes.routes();
    this.#onService({
      routes,
      callers: callerPolicy(config, routes),
      callerTokens: callerTokens(config, config.listen.workers),
      forwardsByName: forwardsByName(config),
      trustProxy: trustedProxies(config),
    });
  }

  lent(client: string, token: LentToken): void {
    this.#clients.get(client)?.tokens.lent(token);
  }

  failed(client: string, failure: LentFailure): void {
    this.#clients.get(client)?.tokens.failed(failure);
  }

  close(): void {
    this.#routes.close();
    for (const { tokens } of this.#clients.values()) tokens.close();
  }

  #borrow(client: string): BorrowedTokens {
    return new BorrowedTokens(
      {
        ask: () => this.#send({ kind: 'ask', client }),
        refused: (id, how) => this.#send({ kind: 'refused', client, id, how }),
      },
      systemEffects,
    );
  }
}

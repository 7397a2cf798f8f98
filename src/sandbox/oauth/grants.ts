import { randomBytes, randomUUID } from 'node:crypto';
import type { ClientRefusal } from './refusals.ts';

/** Credentials that a registration handed out. */
export interface Client {
  readonly id: string;
  readonly secret: string;
  readonly applicationId: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Epoch milliseconds; `undefined`: never. */
  readonly expiresAt: number | undefined;
}

/** A token that was handed out. */
export interface Grant {
  readonly token: string;
  readonly clientId: string;
  readonly applicationId: string;
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** Everything that is valid: clients and tokens. What is not here is refused. */
export class Grants {
  readonly #clients = new Map<string, Client>();
  readonly #tokens = new Map<string, Grant>();
  readonly #disowned = new Map<string, ClientRefusal>();

  /** @param lifetime milliseconds; `undefined`: for good. */
  register(applicationId: string, now: number, lifetime: number | undefined): Client {
    const client: Client = {
      id: randomUUID(),
      secret: randomUUID(),
      applicationId,
      issuedAt: now,
      expiresAt: lifetime === undefined ? undefined : now + lifetime,
    };
    this.#clients.set(client.id, client);
    return client;
  }

  /** The client of these credentials, if they are right and have not expired. */
  authenticate(id: string, secret: string, now: number): Client | undefined {
    const client = this.#clients.get(id);
    if (client === undefined || client.secret !== secret) return undefined;
    return client.expiresAt !== undefined && client.expiresAt <= now ? undefined : client;
  }

  /** Remembers a token, and forgets those that have expired. */
  issue(grant: Grant, now: number): void {
    // Tokens are kept in the order of issue, which is nearly that of expiry: the old ones are in front.
    for (const [token, { expiresAt }] of this.#tokens) {
      if (expiresAt > now) break;
      this.#tokens.delete(token);
    }
    this.#tokens.set(grant.token, grant);
  }

  /** The grant of a token that is valid now. */
  find(token: string, now: number): Grant | undefined {
    const grant = this.#tokens.get(token);
    return grant !== undefined && grant.expiresAt > now ? grant : undefined;
  }

  /** @returns how many there were. */
  revokeTokens(): number {
    const count = this.#tokens.size;
    this.#tokens.clear();
    return count;
  }

  /**
   * Forgets all clients; their tokens stay valid, as at Adobe, unless the APIs are to refuse them as well.
   * @param as how the APIs refuse tokens of these clients from now on.
   * @returns how many there were.
   */
  forgetClients(as?: ClientRefusal): number {
    const count = this.#clients.size;
    if (as !== undefined) for (const { clientId } of this.#tokens.values()) this.#disowned.set(clientId, as);
    this.#clients.clear();
    return count;
  }

  /** How the APIs refuse the tokens of a client, if they do. */
  disowned(clientId: string): ClientRefusal | undefined {
    return this.#disowned.get(clientId);
  }

  /** Ends everything that one application has. */
  revokeApplication(applicationId: string): void {
    for (const [id, client] of this.#clients)
      if (client.applicationId === applicationId) this.#clients.delete(id);
    for (const [token, grant] of this.#tokens) {
      if (grant.applicationId === applicationId) this.#tokens.delete(token);
    }
  }

  get size(): { readonly clients: number; readonly tokens: number } {
    return { clients: this.#clients.size, tokens: this.#tokens.size };
  }
}

/** A token that tells nothing, of the length of RFC 6749's example. */
export const opaqueToken = (): string => randomBytes(16).toString('base64url');

import { createMemoryStore } from '../../src/dcr/memory-store.ts';
import { credentialStoreContract } from '../support/credential-store-contract.ts';

credentialStoreContract('memory', (use) => use(createMemoryStore()));

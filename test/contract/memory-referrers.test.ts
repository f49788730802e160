import { MemoryReferrers } from '../helpers/memory-referrers.ts';
import { MemoryStore } from '../helpers/memory-store.ts';
import { referrersContract } from './referrers.ts';

referrersContract('the fake of unit tests', async () => {
  const store = new MemoryStore();
  return { store, referrers: new MemoryReferrers(store), [Symbol.asyncDispose]: async () => {} };
});

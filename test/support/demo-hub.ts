import { startTestDatabase } from '../../src/lib/storage/testing/test-database.ts';
import { HubProcess } from './hub-process.ts';
import { DEMO_FEEDS_SMALL } from './small-feeds.ts';

/**
 * A demo hub in a process of its own, on a database of the run's PostgreSQL: one of its own would take seconds to make. The demo box sends small
 * pictures.
 */
export async function startDemoHub(environment: Record<string, string> = {}): Promise<HubProcess> {
  const database = await startTestDatabase();
  try {
    return await HubProcess.start(
      { DATABASE_URL: database.url, FEEDS: JSON.stringify(DEMO_FEEDS_SMALL), ...environment },
      () => database.stop(),
    );
  } catch (error) {
    await database.stop();
    throw error;
  }
}

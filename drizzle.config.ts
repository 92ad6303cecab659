import { defineConfig } from 'drizzle-kit';

// After a change of the schema: `npx drizzle-kit generate --name what-changed`, and commit what it writes.
export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/lib/storage/schema.ts',
    './src/lib/storage/schema-records.ts',
    './src/lib/storage/schema-fleet.ts',
    './src/lib/storage/schema-stream-keys.ts',
    './src/lib/storage/schema-box-calls.ts',
  ],
  out: './src/lib/storage/migrations',
});

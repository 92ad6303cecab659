import { defineConfig } from 'drizzle-kit';

// After a change of the schema: `npx drizzle-kit generate --name what-changed`, and commit what it writes.
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/lib/storage/schema*.ts',
  out: './src/lib/storage/migrations',
});

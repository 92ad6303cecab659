DROP INDEX "case_requested";--> statement-breakpoint
DROP INDEX "case_open";--> statement-breakpoint
CREATE INDEX "ai_suggestion_model" ON "ai_suggestion" USING btree ("model_id","received_at");--> statement-breakpoint
CREATE INDEX "slot_offered" ON "slot" USING btree ("account_id","service","starts_at") WHERE "slot"."state" = 'open';--> statement-breakpoint
CREATE INDEX "case_requested_open" ON "clinical_case" USING btree ("requested_by") WHERE "clinical_case"."closed_at" IS NULL;--> statement-breakpoint
CREATE INDEX "case_requested_closed" ON "clinical_case" USING btree ("requested_by","kind","updated_at","id") WHERE "clinical_case"."closed_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "case_open" ON "clinical_case" USING btree ("kind","state","updated_at","id") WHERE "clinical_case"."closed_at" IS NULL;
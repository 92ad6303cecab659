DROP INDEX "case_participant_account";--> statement-breakpoint
CREATE INDEX "case_document_case" ON "case_document" USING btree ("case_id","created_at");--> statement-breakpoint
CREATE INDEX "appointment_of_case" ON "appointment" USING btree ("case_id");--> statement-breakpoint
CREATE INDEX "case_closed" ON "clinical_case" USING btree ("kind","updated_at","id") WHERE "clinical_case"."closed_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "case_requested" ON "clinical_case" USING btree ("requested_by","closed_at");--> statement-breakpoint
CREATE INDEX "room_open" ON "room" USING btree ("created_at") WHERE "room"."status" = 'open';--> statement-breakpoint
CREATE INDEX "case_participant_account" ON "case_participant" USING btree ("account_id","case_id");
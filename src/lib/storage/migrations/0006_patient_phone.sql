DROP INDEX "patient_phone";--> statement-breakpoint
CREATE INDEX "patient_phone" ON "patient" USING btree ("institution_id",reverse("phone") text_pattern_ops);
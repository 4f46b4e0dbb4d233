-- A draft can be discarded together with the words loaded beside it. They are sealed and stay in the trail, longer than the version
-- they belonged to; what is in force from then on are no words at all.

alter table questionnaires.wording drop constraint wording_of_version;

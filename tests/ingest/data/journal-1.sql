PRAGMA application_id = 1279874629;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE facts (
        seq INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('passage', 'decision')),
        device TEXT, epoch TEXT, dseq INTEGER, decision TEXT,
        body TEXT NOT NULL,
        heard_at_ms INTEGER NOT NULL,
        hash BLOB NOT NULL) STRICT;
INSERT INTO "facts" VALUES(1,'passage','mat-line','9f2c',1,NULL,'{"device":"mat-line","epoch":"9f2c","seq":1,"chip":"1A","at_ms":1464274201000,"rssi":-51,"reads":7}',1464274200500,X'9D44B7FA7195296108C2F97549354A98F10732491EDBC2EF08829C7697DE2603');
INSERT INTO "facts" VALUES(2,'passage','mat-line','9f2c',2,NULL,'{"device":"mat-line","epoch":"9f2c","seq":2,"chip":"2A","at_ms":1464274202000,"rssi":-51,"reads":7}',1464274200500,X'C76C36FF09FC369AA67B9624D104968FC7D17CCC8037C425D0E302E536F6BDDB');
INSERT INTO "facts" VALUES(3,'passage','mat-line','9f2c',3,NULL,'{"device":"mat-line","epoch":"9f2c","seq":3,"chip":"3A","at_ms":1464274203000,"rssi":-51,"reads":7}',1464274200500,X'1B1EE8C65EAF9701795F88F3E8332D8A154E0CD5E47AA48803A59795CBBC8F25');
INSERT INTO "facts" VALUES(4,'passage','mat-line','9f2c',4,NULL,'{"device":"mat-line","epoch":"9f2c","seq":4,"chip":"4A","at_ms":1464274204000,"rssi":-51,"reads":7}',1464274200500,X'621EBB4DCB549B3650E937C904A055FC443F56168657A2B1B1BEF3E899EE2475');
INSERT INTO "facts" VALUES(5,'passage','mat-line','9f2c',5,NULL,'{"device":"mat-line","epoch":"9f2c","seq":5,"chip":"5A","at_ms":1464274205000,"rssi":-51,"reads":7}',1464274200500,X'E464CECEF3CE1DD4E373E48D01F2DBFD5FA78B0AA513154D851E074E58A83056');
INSERT INTO "facts" VALUES(6,'decision',NULL,NULL,NULL,'gun-1','{"v":1,"id":"gun-1","by":"marie","at_ms":1464274206000,"reason":"the gun","base_version":null,"type":"fire_gun","race":"relay","gun_at_ms":1464274199000,"wave":null}',1464274206001,X'538F5B934BB69E7948DC82AE6291879419E63A455F5DEBC9C879D2D99E950732');
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
INSERT INTO "meta" VALUES('journal','17c0c9ec1716f2fd');
INSERT INTO "meta" VALUES('event','race');
CREATE TABLE rejected (
        id INTEGER PRIMARY KEY,
        digest BLOB NOT NULL UNIQUE,
        topic TEXT NOT NULL, raw BLOB NOT NULL, reason TEXT NOT NULL,
        device TEXT, epoch TEXT, dseq INTEGER,
        heard_at_ms INTEGER NOT NULL,
        times INTEGER NOT NULL DEFAULT 1) STRICT;
INSERT INTO "rejected" VALUES(1,X'405E8D36FA22E36C6A67FC32CEB730DBEABB4E7DE044FA47684A7BBB93CB3F41','live/race/passages/mat-line',X'7B22736571223AFF7D','no JSON',NULL,NULL,NULL,1464274207001,2);
INSERT INTO "rejected" VALUES(2,X'9B3B982337759EB1F0A390148100184C3B638DBB09FF67D3D527AA8F128B7E0A','live/race/passages/mat-km1',X'7B22736571223A377D','no instant','mat-km1','aa',1,1464274207003,1);
CREATE INDEX facts_identity ON facts (device, epoch, dseq) WHERE kind = 'passage';
CREATE UNIQUE INDEX facts_decision ON facts (decision) WHERE kind = 'decision';
COMMIT;

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PO_TESTS_JWE_EXAMPLES_H
#define PO_TESTS_JWE_EXAMPLES_H

/*
 * Tokens made by another implementation (npm jose 5.10.0) with keys of its
 * own.  The plaintext names the algorithms.  For tests and fuzzing.
 */

static const char *const jwe_example_keys[] = {
	/* 0: RSA */
	"{\"kty\":\"RSA\",\"n\":\"j9gpFAmEJbe-tmIAcNebLQ1Si_-uJdtorngkqJmrBr"
	"223NcPVJbOpXPKAA6kTGUrJRFqCSv1bSo-i5MFammTGa5sMaAqOgwy88vUOhX4JefQk"
	"MPjwaW22WytCrXjyQSiGQBCQVI0F0jWugdDnoA4VtubX6OsFgsTVni5ugkBwW9VQ-M6"
	"LFOFP_erU_TF_u923DrgfS6sc1n1PYfOeWqlyuFNmorfdiD90kkHpmiwzkcBleYmWgq"
	"jU2bgiaddWrAgSuBHjYJfCuAHzzpffVVYC4rBhXwVyD9DpHKc4mvO5kE5dYmLo2MXZ3"
	"FUv1iGD_DXnxFqcH-Q9BKmAdwHS4XyKw\",\"e\":\"AQAB\",\"d\":\"AbZ81y32f"
	"wp7eZtHB7ufvenfT0NZwyHAi9u_1HHocLm4YFQNtBGL3519hazDZ04lUYsRfI9ADhKq"
	"3v63rvVQiprpfiCsurc5Bv0o3LxtrfgX-KP_LMtqiNBfTnX0WCWaz2v1T8qXL6XLVo4"
	"VQW-HUYyRycrswX6ptld_kORgOyR482HVHcpc7Rw1vKtqqOEJ64NAtkTjCG4WDl002v"
	"gKsFNrXEOypQ68VUJqBywITPS4yh9IjvhlCjz-30tkbm67khlnhJCd9pU6eEAnxgWcq"
	"0LuCgV5AQjDA5pQArOV8qKd9pJDZ8WGZomLvyiNpaxL4x0RmDHm7kmr4OUps_GsiQ\""
	",\"p\":\"xPG0pOxc-aaP8QxOc1QqUMULAxvM8laO-FKSn8EJ-jgxvtSL0eGX4sz3-U"
	"7ByPUEIQPPJxR-KKLIHI4Ig9hhx8ax9tIY5R129-nGvuFTHt0Ziizl-YIRFdqJhsTnq"
	"9Ptp34AfGm2hHkdt3z-1XyWGh8hRMI94RXwC6JMX1XZDjk\",\"q\":\"uvpIhFoRPv"
	"36aZEGpBH3GGMXFB6lxPrNMpr5qqmTnFghnl406wiqQWKQOBWyH2tJfC-58Cc4Y0z5m"
	"Mll5ZOQxestCaX0Nd21_SHFMUWyyvuU5HC_i3EHujwk4V5v0oUCqE2XGZoRezyjBDvR"
	"lG-Bz-ZNMCVtjHMo-1L9qeSRA4M\",\"dp\":\"3AUryxREyqNKLAGTo0RkAdggdViZ"
	"niMVllapd9AxVVlyOb86dT-Sb86NOfjChb803a1jwEUkrEEvTrdey-zxUD6qkxQku9I"
	"vFsgVQSp5sgFQhw2h3x1v-PosqmNQbqZU2snpwRRY06Z7jIIYMGj_SC9--1IFz3CyvE"
	"yVBezikQ\",\"dq\":\"rPyMBO8zT304pVyIsVjxq_1ZR8MHCRQkrnIVFODo8VfUWqm"
	"7-cs9gVrIJStlbY4cIaoiM96FW9HGhqWmAV2iLopjU67XHtLt4bDRuMFMJmHWIfdyL3"
	"c2eAXW9S8i87kdeUq3xfb1v3edNniFcPgtOIRQ2391N-D_hG4Gw5z00TM\",\"qi\":"
	"\"NVZZuvTLqeLbrVCe3oxQ3D59tv-mqyC3ApnqH9BrMtq1is8JGsDWWtNXpPKjvSxRo"
	"ZBO5JR9C5rCojrya2kAF0lolakhVAP3VBg-leKzA8TYkBqwIkQdzYjVySbsBxCkrC_v"
	"yzv1wO0isC7b76ZlIURZDWee9CwVXdb5NnDwz98\"}",
	/* 1: P-256 */
	"{\"kty\":\"EC\",\"x\":\"UTwDEkCPi6zIa_vz6ZXDjEwGm5gnstMYamzoMlJnf4I"
	"\",\"y\":\"v8NzY0Xcll-4-9j3xp-WS4ELNgFFzBC10HZu272Rkac\",\"crv\":\""
	"P-256\",\"d\":\"7-VlQQVbmPHCT5ZduBX1rzYli0ZkCUDegF5OfR20Rrs\"}",
	/* 2: P-384 */
	"{\"kty\":\"EC\",\"x\":\"VpzoOi8n8wZClq9JWXNUwAwOmgmujNpXvT5jql-tPtq"
	"JPI_6FsspA5G828ySG7C2\",\"y\":\"FccWFJeHcvWjYv1rvHmSfBOculvsaFvOHc0"
	"TMau7UDnlllJK960xJlm6wK30MMgK\",\"crv\":\"P-384\",\"d\":\"tXBD4tkVJ"
	"7vdw22ZgHhGyhQHIzHGmPsIoyraeaPfkSmamogxOyM9Kmk_Cse87bcn\"}",
	/* 3: P-521 */
	"{\"kty\":\"EC\",\"x\":\"Ae5SGwUrFhaT8yiL_xHnjhANuIIthdO2VO3gHK-Ed_j"
	"qqiHF8W5z9Ezn2yd9xue16Klu0KShLpZ0O2b9TJDu_Eby\",\"y\":\"Adym99UtNJw"
	"id6QWA_fxTJUuhP2YyDc0JFgP4R5Cg2f90X-zpVdqYMmMBeG4lfLTY5fFLsL9ZHwdvV"
	"tnPSXZqYjf\",\"crv\":\"P-521\",\"d\":\"ABOTiX6kK2qGV_UR3fV9g3SSdRYT"
	"vASdg__Uayry56RsuRxsOJJv7hO02rWUm4zbT198IqOEjKln9BSKB-DZII68\"}",
	/* 4: X25519 */
	"{\"crv\":\"X25519\",\"d\":\"iMWkIlbTSCpEaWPhqSnpkPlhUKDHYE0innY-8ak"
	"FQnM\",\"x\":\"CUsVBtyaaIsG4n2RInXxJ46TTAh8PGpoYHJdBmRmYVQ\",\"kty"
	"\":\"OKP\"}",
};

static const struct {
	unsigned key; /* of those above */
	const char *plaintext;
	const char *token;
} jwe_examples[] = {
	{ 0, "RSA-OAEP A128GCM",
	    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.QMqKCrDMHpwO6ryF"
	    "ceSfzIuHsIAthdru7IRzZTQoDpyJY7FgpXr40MKcw5rM3d3VzLG7M7807w1mNOa"
	    "IZtIMYwqQ4oviVkNc2A7x_f02gQq5ZFfWsqGTefp5qW6MTeEIbEkiugs6VSfIdX"
	    "1APXAJ8zYMP0vau1DVNG1AJpWMfeiymGmWauDqqBtVGsEaXV8Wd62v3ilk4Sp1S"
	    "jOz9iaxWYnyeJUJXG-PtvMFWj3w30g2sJaiOUGo9PlOWEE5a1JkiHsoouEw42Hw"
	    "AHY5hJjprH_cCG5JebOtK2x7QlqCGDwNiTJfOsazXSVgxkEOpVsbKLJIAAbnmsI"
	    "yoh3eDTnD3w.qITlW1AiodrHUUj8.PrnUk-2AQkPH2AK6M7VCbw.9EWg9EALrXy"
	    "c7JC5XOMAew" },
	{ 0, "RSA-OAEP A192GCM",
	    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExOTJHQ00ifQ.NURlngARSbdcB1Zd"
	    "26DNE7yQRJnLDRr75gHuM-njcR-d_6xc0Crifyn3IOi-tR_esF56LKTslUsbBVw"
	    "u4SkqsSs1Qbgaovdak5LvfmjyPpa4869o2fPU7F-VSprTeY4r1_Vl0dJCYHSwCU"
	    "2gCrYZLn1klyElCIeVIoGx2wg5U16nocMirlKN5Bnl4mfkeWHznY9GH-v_tyMvW"
	    "pzlyu9p-R_1BjD-MTNVnXIkcD2HEFkaMwrlMJFzBURthI8OYeqyTi3KXQ46PJhf"
	    "GtXjaxG2tAHpq5h12BKOkr9H_L0KBz4slFnA4xY4B7O39Q4gWVMSa_W_brZDQ7_"
	    "PgOD9I-RoHA.XgfD6ErvrxU-PcDR.9STvnYwEwjiS3ic9JpTr2w.sUHncjLBiZo"
	    "JGAWkKSe7SQ" },
	{ 0, "RSA-OAEP A256GCM",
	    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.Am6xvUlYv8sM8vje"
	    "WGELrLBdBX9nxUIh17n-IF-ASjdYOV5cMmYvS-ddnmXC8ue5Mdah5xwYt69HpH9"
	    "c5dw3NVaHeWNvRkEL5eVt-69BwA1p7OT4Wq8NryUmkzHZ6DIVa6twtE8VZ2HYFj"
	    "8pC8I4Hovpnu5DtgMCKjBxt87D_ZQz80HNYzIdMEPYy8enXixVqpNrsxhLebL1W"
	    "h3KyFAWpEe2ilAPJJoFRe01V0k8S5VCC867imTzMoKpV5lHDhu0A7xtRLZWk7f7"
	    "mkERC7P6CugjAKwYMjmhP9papKRbB8IWYrCS4MERTBTVHISru4W72gYv6yKvVZK"
	    "3Lp389ru12g.BcCllIZGVyG5JWcn.zHgLt4m5d3Kh6rNYdElgDg.UT2cUveX-c3"
	    "miEnqnDoZkQ" },
	{ 0, "RSA-OAEP-256 A128CBC-HS256",
	    "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.jYl"
	    "fZd2KpZ72nLyhJN9qiFacMjarDy4-YgJ_uqxtmQzttIergACj-GyTBjsh0WkEFd"
	    "O7DiG0FOMDpjGEGIG54uXSPPJhSugaK2V4IwITxSvvPOknr2ADqnsx03l3qurFe"
	    "SHMVmQm6XUWoxMJ2qE5IKdLdKN7OdPH9kG-Meq3GTKbfhJjTCUIpYrfJolmUlM5"
	    "HVwcouYAre3w8rut-5hC6rXjPfKtBJ_UMO6_zsa7FRUNpuHL0kCo2HLu7VFm9Ju"
	    "P0NRLoT0wPBoJ5uVPwh_ThVFqB2Tqsw5JtAxelIvwS205XsSYGTxFUlc66GN6Te"
	    "YANWzeyLzfqM4lorKk_liszQ.M4jK0hwataUDAGX1eoPZPw.B8MCUqo-ngJ2cpM"
	    "kiyp8vPPsQ0jD36jJGbnQnj7v1Yw.Ua8YZ0gIg-EKS8j0a21dBQ" },
	{ 0, "RSA-OAEP-256 A192CBC-HS384",
	    "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMTkyQ0JDLUhTMzg0In0.TWz"
	    "v5wIPS-L0vhuuTlDw3nZQsASJDXtwQIHy0ES9Nor7nv2E3D76_y7Trw9wNUyO73"
	    "YLwOj7Ac-mR8I_4NhPmmJKi6YpbFrixeq-dIPGESB8AMFto6t5aeINZLSOAasnb"
	    "aKVVAYnWA01RMpiRRgwP599HLnqBI0HsooZwJQn0soy6J0AS1HTDDsCaKorOE5_"
	    "Zc0dtNxYdGULaP4cci3WgQw4y6SaysbPNoWRgYKV9Y_iVvmeiW3p8Jb7gwRfJJW"
	    "J1Q3LQR7XtmKL_IkVKsl4OUCCZdq7QnG36fbz9j8El0SZt6JlcCJtHlk5v0XNax"
	    "TMytkm9kOhiOh_Bi2XM3C9yA.UWwxGTshokWJGqkN5wiZIw.MtTssIbREs0L2Fm"
	    "gTt1-OT0rGgg6WDqBePWpOptYzFI.GbGVAdFx-yhqcPECNOZq1DfVhS5m1RLH" },
	{ 0, "RSA-OAEP-256 A256CBC-HS512",
	    "eyJhbGciOiJSU0EtT0FFUC0yNTYiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIn0.dut"
	    "b3m3s6DTFYZgsNOk_cpbsX-SMJ_dweomfs8peY3o7wo2uCINgPtnwsF9IE78zsJ"
	    "sMDm_qBCWrg1b5C8_s8UPVPOrkM9ky_7s79wwiHmfNLNCjSfeVYKOVX1S4ScdRr"
	    "inSAjsjIfbPofmeEmVa2qCM-eUoglVuQIQOvUQPiYzns7GESkeJR6vaKCbKdpzz"
	    "xrwquQidOIGtG_aHvvSVVu_OIXaEfIoFJyuty8Zs74oiZlFywOO6ICIC5PV2JI5"
	    "QdXkcFdZaVOuVR8gWm6cnzXbugfmXuHS7XNWH_Efz2QszDjCdktenkEjKySeFOC"
	    "EB7SIg8c87FHKflSDobhd8LA.4EOqiFdBFRwJxZc2HiMhLQ.oAjshSRQ9ctPZkA"
	    "kMK-niEId_Z1oQ4q3wvMKSxghako.eMe3QeMz09SFwISFYgopXNCWqXPL-emdug"
	    "BD5K4Q_ZA" },
	{ 1, "ECDH-ES A128GCM",
	    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImVwayI6eyJ4Ijoia00"
	    "wT05sMjdKX1dHVEZRSWlSaW9SM3dpdlBEVWktVzEyTUF5QWxGd3ZpbyIsImNydi"
	    "I6IlAtMjU2Iiwia3R5IjoiRUMiLCJ5IjoiQ2t0TVdPcFBDcktLSkVBcDcxd3BMX"
	    "zJ1TEZENW50aHpmR3oyVmMwRmx0ZyJ9fQ..jzPu5JX8qMPvlZkJ.tJm0zTvLLQL"
	    "L4CHBc8Tt.euFuagiGCu14F41oTBAwwA" },
	{ 1, "ECDH-ES+A128KW A256CBC-HS512 Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkEyNTZDQkMtSFM1MTIiLCJ"
	    "lcGsiOnsieCI6IjZkaFFsVUVWNGpsRjFpR21hbDNaUHVzanNGQjgtODZIOS1lNU"
	    "N3QWNYUVEiLCJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieSI6IjBoRUFUdkJaM"
	    "3FRUjl0a2xxZ3NCVWlUTm96dG5JR3BfeTlteFd5OHlzRWMifSwiYXB1IjoiUVd4"
	    "cFkyVSIsImFwdiI6IlFtOWkifQ.flVvUwtHwmkSiddw_fWDSjuqOgLTbrFifNQ2"
	    "IOqOFJW23kNYqMKUIdrsA723BkcyAfbcZggYUNUVlzOhVnlBD9QURR2nYoag.my"
	    "Hilo0JfDe9Jy-73R9V4A.BTw0PAkLgORyfOdrzOmaSbGGr1QVHf1KxDzKIG1gCM"
	    "5Y_IktztUnTajQMp1uX7e3.92n8-4azVb0Xsl-kYSKjvI-OhbZl38lLUr7w2Q-r"
	    "EIM" },
	{ 1, "ECDH-ES+A192KW A192CBC-HS384",
	    "eyJhbGciOiJFQ0RILUVTK0ExOTJLVyIsImVuYyI6IkExOTJDQkMtSFMzODQiLCJ"
	    "lcGsiOnsieCI6IjZLcmI1X2tPVFl3NTlCVmExTGdoWF9ORnJTXzdsMkE0QnFQNF"
	    "hLbVFhamsiLCJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieSI6ImhabFZMTkh1R"
	    "mxYVXNhTjFhU1k3UlBhVlZIQUtPVVFHSEd2MnJsOENld3cifX0.2vI3KfafHHRz"
	    "Gtew0wgWMaRJJGldHF7Ll_gvCn5pb305rxDnjU5gHYZL-kEnGPCH9iJyhTi8-D8"
	    ".O9UOWYGCL_x7r77n_9aCug.sTblKqGeQ7FQMMXjmZNQyAy398QY0-mgT0iSnqM"
	    "u468.PLrfSiS9AWZKAihmFTS7j-Stowvt6Jwm" },
	{ 1, "ECDH-ES+A256KW A128CBC-HS256 Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkExMjhDQkMtSFMyNTYiLCJ"
	    "lcGsiOnsieCI6IkM2cFRzeWZSWjRyU05TZktURUMyTE9kZ1UyRFE5T2c5c1FiUW"
	    "RxcVBsZ0UiLCJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieSI6IjlncW5VenYtM"
	    "i1QTUtPMndONVpoQzNWTWsyR0ZoZTI2MWx1NzhTb2p3ZzAifSwiYXB1IjoiUVd4"
	    "cFkyVSIsImFwdiI6IlFtOWkifQ.ItlANNv7MR9avqE8baXGBd58KuN8W6dgATPN"
	    "IslhOVkCFZPVGHMC5g.pEGJ1cLnkdxMpZbTeT8DkQ.imF96YwhHD_PVDYdR_O2O"
	    "MBAaralq1XhqmMCpsDlXKx3-TgFf7RIue4peG_QfzHz.g-RjpIHT1W97xzyZ1O-"
	    "GBg" },
	{ 2, "ECDH-ES A256GCM",
	    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsImVwayI6eyJ4IjoiX1l"
	    "5SnZXZFczcEtybi01UGd4djRMOUt3NGEtNERaWGY1ampFSlJVTk5GaEFwZ0RIeH"
	    "U0Y0ZRcUJoWVNVY0xBSiIsImNydiI6IlAtMzg0Iiwia3R5IjoiRUMiLCJ5IjoiX"
	    "3BKbWJzaFVRa0hneDlpQlZyb0NXR3hVa0ZveEppaUJ5WDJUNm9CZ084anFjajJ4"
	    "NGV3XzBFVnlIa0UycUJXdCJ9fQ..AOPMrayYnr0LbtH1.PHKP-_TDsNYbeRi6lh"
	    "Xs.rN5jlZwHc57QjswPt40iGA" },
	{ 2, "ECDH-ES+A128KW A256GCM Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOns"
	    "ieCI6ImxLOF9BQ0VfSXlwRDIxZ1VMdUprZlhmM2RNazEtYWV4UGtzTGg4UGRyaD"
	    "JReWtEdi1GX1ZiUEJLOFE2NkRuMi0iLCJjcnYiOiJQLTM4NCIsImt0eSI6IkVDI"
	    "iwieSI6ImZFSkFhZHdVcmkyVUp6MEZDdzVzMVRfVHN2V3BSTUFBTlNzWVBfdjlG"
	    "RVZNQndwNHdpbUE5dXVaWmZUSGE4R3EifSwiYXB1IjoiUVd4cFkyVSIsImFwdiI"
	    "6IlFtOWkifQ.P-OCLL7F54JyOe-gfCjKx_Z2uDCMwf_Mi4QUxr8bfDdCtPqOr3F"
	    "zOQ.u-y4CgaooiPUD4Td.7wYb43LHZDMCqdeaRuy32zcN1nBYOylGWZk8zaPxAV"
	    "E.mFBhOSgpRDnBuvOiqfQQ6A" },
	{ 2, "ECDH-ES+A192KW A192GCM",
	    "eyJhbGciOiJFQ0RILUVTK0ExOTJLVyIsImVuYyI6IkExOTJHQ00iLCJlcGsiOns"
	    "ieCI6IndUVVJ6VWdDOGN5VkRvNlZ1SEx5bGhaTnkzVlpMMXlHbkNMWWNJLThKME"
	    "UyNkRKNDRwNWczTmZ6LU5KOVpndlMiLCJjcnYiOiJQLTM4NCIsImt0eSI6IkVDI"
	    "iwieSI6ImtiYkVQWDY1OXc2bjFLalBoQkwzdzFXa1VOR2JhbmRZVWJYclNXajgz"
	    "bGwtSG8xSHVLX2RRX1lHN1FrQlNBV2sifX0.nten0s-UQPEOhbfHDL2YEm4KNyq"
	    "KzsGHq-vb3dMse54.Du15OyTsTrshAnU6.jnF9olfdS7vIVW1MP1yzCzHneysEV"
	    "w.PPa22Z6r84F6phX6HeN97A" },
	{ 2, "ECDH-ES+A256KW A128GCM Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkExMjhHQ00iLCJlcGsiOns"
	    "ieCI6Inh2R25VU1ViNnB2bGRwb2M0Umh1eHFzVTc3ZnEzUXlXa2tELXVyV3FJdn"
	    "E3WGdJY1UyZGJ4OWFmRU83STZYSE0iLCJjcnYiOiJQLTM4NCIsImt0eSI6IkVDI"
	    "iwieSI6InNDd2dPRVNQZk1Ja183ZEF3TGZDTENCcDVQYXFWYTBQVURYM0hHU3p2"
	    "eW5RNWc1TnQ2MERVZDZSQ2xjcGVlNWEifSwiYXB1IjoiUVd4cFkyVSIsImFwdiI"
	    "6IlFtOWkifQ.K0MfFVlbXSdqcj8uV76cIxtWHm0VmYxq.Ibbci4y9L9s2JLNR.p"
	    "A9f_5doy0iyT3UnNcvq-5G-tkbTnSS7l5LcL-H_JZ8.Olia3l06f-WsBOdQP9QM"
	    "Fg" },
	{ 3, "ECDH-ES A256CBC-HS512",
	    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkNCQy1IUzUxMiIsImVwayI6eyJ"
	    "4IjoiQUVzVmxPNFQ5NWJ3b1RYeDd2OXA3Ny1jWXJmejFiTmQzZHpIWW9WM0JGST"
	    "k4aUJaOXVHVkxrbHpudUFJeTU5Y1lGZVREN3Q0T2JYQTloY056MENGTEYxeiIsI"
	    "mNydiI6IlAtNTIxIiwia3R5IjoiRUMiLCJ5IjoiQWZMM1ZzMmF5S2JIYTc0ZzhD"
	    "QTFiY2MwNmowck1zOVlEWFhCbldxbm45Y0IyYmwzNHQ0NlpSN0s1UThvb0dOYTV"
	    "2RmV1dUNzRE5hUmNlTzg1Yjl2eEh6SSJ9fQ..zttrKbr6TR3uqF1IOZHYRQ.Be8"
	    "MNJDyIG60juMHjrhTZ-ThaXb5yfjQ7e3u9BcqVC0.CMN2WJiM36cNmhycgeLslC"
	    "u21iX86BQZXz8wErlNLvU" },
	{ 3, "ECDH-ES+A128KW A192CBC-HS384 Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkExOTJDQkMtSFMzODQiLCJ"
	    "lcGsiOnsieCI6IkFNZFFMelk4bDFnbFRfR2JUMms3Q0haTVh3bWRyVEM5VWtGbG"
	    "EySkNVcUNSR3FVZlRQM3Y3RkwyWjV5anZDdXRVY2pDRFBtZ1VpbG1BR19fQzlGd"
	    "0NJNVciLCJjcnYiOiJQLTUyMSIsImt0eSI6IkVDIiwieSI6IkFNbTZlMkFRUXJO"
	    "TWpQMUh0N24wbFlmOXgteWlaUVp4WUJDamx2ekQwVkhQUk1mNm9ZbHAyb0hrWWM"
	    "5QmhOOEUyT3JoQS1HbDV3T3UteWcyTjBmMXBRZzMifSwiYXB1IjoiUVd4cFkyVS"
	    "IsImFwdiI6IlFtOWkifQ.AfIvwLoZ5zE3lRlkrfSKhsUEmr6OVclf6JqgIbHcrs"
	    "a-zrtZDEe9Psz-lLAbFN5GLo7WC1KK05Q.DRP7DC871zNkld6y7XKqfg.8z2Oi1"
	    "qOEEf4_O4SDxyESSG4Oss3rdAKw2G7ah3ij3FJgz6i6lI74NJTfxL7df3q.1Lyv"
	    "b1dOj_-YZahX71rn_M_XTBvNiShi" },
	{ 3, "ECDH-ES+A192KW A128CBC-HS256",
	    "eyJhbGciOiJFQ0RILUVTK0ExOTJLVyIsImVuYyI6IkExMjhDQkMtSFMyNTYiLCJ"
	    "lcGsiOnsieCI6IkFOT2lKdmw5VjRaWHFFM016cTRJanVIbUJDQWlUWnllQktiUV"
	    "NEY1pxVUJXalA1R0pyUUVzRmlkY284SE0wVUtmanBsNHVYN2UyRUtWLWxaZXZ6Z"
	    "k5oSTEiLCJjcnYiOiJQLTUyMSIsImt0eSI6IkVDIiwieSI6IkFVbzM1SERBWTRv"
	    "N0xKZ19ydUlMbUR1SGZnMlB0YjFCQUFLWDhlRUpqWnhwbnNCOUlsMlFFdVFsZEh"
	    "IRFZ6cjZCM1VmQlZrekxLWlZvNXItRl8xd25DLWcifX0.fkPDyDcvuU2OwkRB_1"
	    "jLe8GSm6hXugNLyLyv_ZyEUDvut2n6oEaqdg.XQdXw0rf7NFFq3QQWgfxGw.gwk"
	    "bK-kxOur8rp6-gtIWsKPY0dHUHjzVjKjXSH4-Uek.ecdNZQ3C_faDFgxPSXh5Rw" },
	{ 3, "ECDH-ES+A256KW A128CBC-HS256 Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkExMjhDQkMtSFMyNTYiLCJ"
	    "lcGsiOnsieCI6IkFIdTZqMGhVVk9mdkRFNXo2WjRQLTZ6dmRvX2xBYVRzRXhxdF"
	    "U5Z1ctdi1PQzlEMWw3TW5VRW5zc3RCc0p0MlZ2ck5TamlFWkpSaWx6U2JqR1VVc"
	    "WZjc0oiLCJjcnYiOiJQLTUyMSIsImt0eSI6IkVDIiwieSI6IkFlMEM1N0tXZUZW"
	    "enQ5eU8ta1JCcVVZaVI2b21Ud0p5ZFdmb3lFMmRTUVMzMmEzX2VOQXFYai12bXo"
	    "5c1R4R2UtNDNJZFlfOERodi1FOEpNcFBVYUdORnoifSwiYXB1IjoiUVd4cFkyVS"
	    "IsImFwdiI6IlFtOWkifQ.vBZ76uf9YV_Z7xNNPUQyCC2LqdPRZ1Bc4GPYqSlpxy"
	    "7-TKCK-Em4wQ.5QNQQxgJsevMUzyoLKz-2Q.4RNpxq37BkEFVdgL3taHD5f_QPF"
	    "_gJysIrXrh6H1V5B0lftmmdu6SIbRerrPIfU7.rflJvwASzHUn7SN6PU_OnQ" },
	{ 4, "ECDH-ES A256GCM",
	    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsImVwayI6eyJ4IjoicnI"
	    "tdmcxWjl3cWtrZDJ1SnhjSnhxa2RlekFMRFMzMVBoTUtCNDZ4b3dYbyIsImNydi"
	    "I6IlgyNTUxOSIsImt0eSI6Ik9LUCJ9fQ..yCDyycDpud2UG1xP.1BDV6t0qoMmN"
	    "C6pf3c5O.cquZz1jU5f4W_AJvLLHtqQ" },
	{ 4, "ECDH-ES+A128KW A192GCM Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0ExMjhLVyIsImVuYyI6IkExOTJHQ00iLCJlcGsiOns"
	    "ieCI6IklTdEh5RlhvenNUMHpYbnRrSjU3NVNQU3BtMUlfUUtwR3BKd0JoUklOUz"
	    "giLCJjcnYiOiJYMjU1MTkiLCJrdHkiOiJPS1AifSwiYXB1IjoiUVd4cFkyVSIsI"
	    "mFwdiI6IlFtOWkifQ.wckAwgBjzHJQkJu03B7g3I-Lt9xk9vTEUBTBxKohtQQ.y"
	    "wSy87_ouDpKtAhR.iz5vU9IMH0EcJx8cHdwbYVKm1ydVLhaZ-YDhw2z_Kuo.vQr"
	    "L7rAMOT02T5Va1yc06g" },
	{ 4, "ECDH-ES+A192KW A128GCM",
	    "eyJhbGciOiJFQ0RILUVTK0ExOTJLVyIsImVuYyI6IkExMjhHQ00iLCJlcGsiOns"
	    "ieCI6InFyQTEwS2w2MlZyVXNXVjRPY0JqSDZ5YkN0VlNKYmlXZi1FRmI2b0lZQT"
	    "AiLCJjcnYiOiJYMjU1MTkiLCJrdHkiOiJPS1AifX0.wP79EqcNy5but1TcnHtGu"
	    "ZWMNbDLbz7I.8cS-Qhf-HCLt1XcP.CFuzWRC-y3wt54i0OZbipkqeyiN6mg.fpr"
	    "4p6HfP3rqc0D_wfJ0bg" },
	{ 4, "ECDH-ES+A256KW A256CBC-HS512 Alice Bob",
	    "eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZDQkMtSFM1MTIiLCJ"
	    "lcGsiOnsieCI6Inp5OWo4YllzdnZibDBJSmVic1lPTm1kT1A3dTdYY3Nhdy1kRz"
	    "FSUXo4eGciLCJjcnYiOiJYMjU1MTkiLCJrdHkiOiJPS1AifSwiYXB1IjoiUVd4c"
	    "FkyVSIsImFwdiI6IlFtOWkifQ.MguhZvRurmMUNlpqaQPWYi8kdOUJjMvW6Nnsx"
	    "mDR7RP6dXJ1x2bvNgAps61zYmSOwLtvHkQ5yxYBy_YP4DmYOV2JJaqxA3OT.Y-4"
	    "j3ldqXlj-kJ9eYfh-fQ.shWPiK6aOLMLDHA0Edo0kTcnohqfedt7g77FhO33Ih5"
	    "QvTidWVE5ww1PBitIKych.ir8ljAmX4oCDNdBuGvDd806L8ZaJ3_AuA4nRkvaK4"
	    "D4" },
};

#endif

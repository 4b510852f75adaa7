/// Passwords of eight characters and more that are tried first everywhere.
enum PasswordBlocklist {
    static let entries: Set<String> = [
        "password", "password1", "password12", "password123", "password1234", "password!", "passw0rd", "p@ssword",
        "p@ssw0rd", "p@ssword1", "passwort", "passwort1", "motdepasse", "contraseña", "wachtwoord", "mypassword",
        "letmein1", "letmein123", "welcome1", "welcome12", "welcome123", "welcome!", "changeme", "changeme1",
        "changeme123", "default1", "secret123", "topsecret", "trustno1", "iloveyou", "iloveyou1",
        "12345678", "123456789", "1234567890", "12345678910", "0123456789", "987654321", "87654321", "0987654321",
        "11223344", "123123123", "12341234", "12344321", "123454321", "147258369", "159357456", "741852963", "13579246",
        "qwertyui", "qwertyuiop", "qwerty12", "qwerty123", "qwerty1234", "qwertz12", "qwertzui", "qwertzuiop", "azertyui",
        "azertyuiop", "1qaz2wsx", "1q2w3e4r", "1q2w3e4r5t", "q1w2e3r4", "zaq12wsx", "qazwsxedc", "asdfghjk", "asdfghjkl",
        "asdf1234", "zxcvbnm1", "zxcvbnm,", "!qaz2wsx", "1234qwer", "qwer1234", "abcd1234", "abc12345", "abcdefgh",
        "abcdefghi", "a1b2c3d4", "aa123456", "a1234567", "a12345678", "a123456789", "woaini1314", "woaini520", "5201314520",
        "administrator", "admin123", "admin1234", "admin12345", "root1234", "superuser1", "sysadmin", "test1234",
        "testtest", "tester123", "user1234", "guest123", "football", "football1", "baseball", "basketball", "superman",
        "batman123", "princess", "princess1", "sunshine", "sunshine1", "starwars", "computer", "internet", "whatever",
        "michelle", "jennifer", "jordan23", "charlie1", "dragon12", "dragon123", "monkey12", "monkey123", "shadow12",
        "master12", "master123", "freedom1", "liverpool", "chelsea1", "arsenal1", "samsung1", "pokemon1", "corvette",
        "mercedes", "midnight", "december", "november", "september", "february", "summer2024", "summer2025", "winter2024",
        "winter2025", "spring2025", "autumn2025", "correcthorsebatterystaple", "conclave", "conclave1", "matrix123",
    ]
}
